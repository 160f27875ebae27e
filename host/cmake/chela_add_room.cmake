# chela_add_room(<name> SOURCES <files> [LINKS <public targets>] [USES <private targets>])
#   One static library per folder of host/, alias chela::<name>; other rooms include it as "<name>/<file>.h".
#   LINKS are the rooms and libraries that its headers show, USES those that only its sources need.
function(chela_add_room name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS;USES" ${ARGN})
  if(ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "chela_add_room(${name}): unknown arguments ${ARG_UNPARSED_ARGUMENTS}")
  endif()
  add_library(chela_${name} STATIC ${ARG_SOURCES})
  add_library(chela::${name} ALIAS chela_${name})
  target_include_directories(chela_${name} PUBLIC ${PROJECT_SOURCE_DIR}/host)
  target_link_libraries(chela_${name} PUBLIC ${ARG_LINKS} PRIVATE ${ARG_USES} chela::build_settings)
endfunction()

# chela_add_test(<name> SOURCES <files> [LINKS <targets>] [LABEL unit|scenario|plugin|conformance|package]
#                [TIMEOUT <seconds>] [DATA <dir>])
#   One GoogleTest program. It runs in an empty HOME of its own, so no test can see a real home folder.
function(chela_add_test name)
  cmake_parse_arguments(ARG "" "LABEL;TIMEOUT" "SOURCES;LINKS;ENVIRONMENT" ${ARGN})
  if(NOT ARG_LABEL)
    set(ARG_LABEL unit)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(${name} PRIVATE ${ARG_LINKS} GTest::gtest_main chela::build_settings)
  target_compile_definitions(${name} PRIVATE
    CHELA_SOURCE_DIR="${PROJECT_SOURCE_DIR}" CHELA_BINARY_DIR="${PROJECT_BINARY_DIR}")
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/tests/home/${name})
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES
    LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT}
    ENVIRONMENT "HOME=${PROJECT_BINARY_DIR}/tests/home/${name};CHELA_HOME=${PROJECT_BINARY_DIR}/tests/home/${name}/chela;${ARG_ENVIRONMENT}")
endfunction()
