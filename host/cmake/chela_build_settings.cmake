# Warnings and sanitizers: one INTERFACE target that every target of this tree links privately.
add_library(chela_build_settings INTERFACE)
add_library(chela::build_settings ALIAS chela_build_settings)

target_compile_options(chela_build_settings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -fno-omit-frame-pointer
  $<$<BOOL:${CHELA_WERROR}>:-Werror>)
if(CHELA_SANITIZE)
  target_compile_options(chela_build_settings INTERFACE -fsanitize=${CHELA_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(chela_build_settings INTERFACE -fsanitize=${CHELA_SANITIZE})
  target_compile_definitions(chela_build_settings INTERFACE CHELA_SANITIZED=1)
  if(CHELA_SANITIZE STREQUAL "address,undefined")
    # Each check of UBSan has data with addresses in it: four million relocations in `chela`, done again at every start
    # of a program that may lie anywhere. At a fixed address it starts in half the time, and tests start thousands.
    target_link_options(chela_build_settings INTERFACE $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:-no-pie>)
  endif()
  if(CHELA_SANITIZE STREQUAL "thread")
    # Asio's fences are unknown to ThreadSanitizer and belong to what it does between threads; we use one.
    target_compile_options(chela_build_settings INTERFACE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-tsan>)
  endif()
endif()

find_program(CHELA_CCACHE ccache)
if(CHELA_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${CHELA_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CHELA_CCACHE})
endif()

# mold links these programs in a fraction of the default linker's time.
find_program(CHELA_MOLD mold)
if(CHELA_MOLD)
  target_link_options(chela_build_settings INTERFACE -fuse-ld=mold)
endif()
