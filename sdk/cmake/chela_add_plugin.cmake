# chela_add_plugin(<name> KIND <check|tasks|provider|notifier> SOURCES <files> [LINKS <targets>] [TESTS <files>])
#   Builds <kind>.<name>.so (a notifier: notify.<name>.so) out of SOURCES and the plugin.json beside them. The same call serves chela's own plugins
#   and yours. plugin.json is the only source of identity, config schema and permissions: it becomes the ELF note
#   that the host reads before it runs any code of the library, and the id and version in the descriptor.
#   Target: chela_plugin_<kind>_<name>. TESTS are built into <target>_test with chela::testing and GoogleTest, which
#   gets CHELA_PLUGIN_FILE (the .so) and CHELA_PLUGIN_DIR (the folder with plugin.json and fixtures/).

# Writes the note's source file: plain bytes, because an assembler's .incbin leaves an executable stack behind.
function(_chela_generate_note json output)
  string(HEX "${json}" hex)
  string(LENGTH "${hex}" hex_length)
  math(EXPR size "${hex_length} / 2")
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
  foreach(shift 0 8 16 24)
    math(EXPR byte "(${size} >> ${shift}) & 255")
    string(APPEND size_bytes "${byte},")
  endforeach()
  math(EXPR padding "(4 - ${size} % 4) % 4")
  string(REPEAT "0," ${padding} padding_bytes)
  set(text "/* Generated from plugin.json: the ELF note \"chela\", type 1. */
#include \"chela/abi/types.h\"
/* Fails where this SDK's headers and its chela_add_plugin() are of different minors. */
typedef char chela_abi_minor_matches[(CHELA_ABI_MINOR == 0) ? 1 : -1];
__attribute__((section(\".note.chela\"), aligned(4), used))
static const unsigned char chela_note[] = {6,0,0,0, ${size_bytes} 1,0,0,0, 'c','h','e','l','a',0,0,0,
${bytes}${padding_bytes}};
")
  file(GENERATE OUTPUT "${output}" CONTENT "${text}")
endfunction()

function(_chela_json_member out json name)
  string(JSON value ERROR_VARIABLE error GET "${json}" ${name})
  if(error)
    message(FATAL_ERROR "${CMAKE_CURRENT_SOURCE_DIR}/plugin.json: '${name}' is missing (${error})")
  endif()
  set(${out} "${value}" PARENT_SCOPE)
endfunction()

function(chela_add_plugin name)
  cmake_parse_arguments(ARG "" "KIND;PLUGIN_JSON" "SOURCES;LINKS;TESTS" ${ARGN})
  if(ARG_UNPARSED_ARGUMENTS OR NOT ARG_KIND OR NOT ARG_SOURCES)
    message(FATAL_ERROR "chela_add_plugin(${name}): wanted KIND and SOURCES; unknown: ${ARG_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT ARG_PLUGIN_JSON)
    set(ARG_PLUGIN_JSON "${CMAKE_CURRENT_SOURCE_DIR}/plugin.json")
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${ARG_PLUGIN_JSON}")
  file(READ "${ARG_PLUGIN_JSON}" json)
  _chela_json_member(id "${json}" id)
  _chela_json_member(version "${json}" version)
  _chela_json_member(kinds "${json}" kinds)
  string(REGEX REPLACE "^notifier$" "notify" first_part "${ARG_KIND}")  # the id begins with what it does
  if(NOT id MATCHES "^${first_part}\\.([a-z0-9_-]+\\.)*${name}$")
    message(FATAL_ERROR "${ARG_PLUGIN_JSON}: the id of plugin '${name}' must be '${first_part}.${name}', found '${id}'")
  endif()
  if(NOT version MATCHES "^[0-9]+\\.[0-9]+\\.[0-9]+[-+.0-9A-Za-z]*$")
    message(FATAL_ERROR "${ARG_PLUGIN_JSON}: 'version' must look like 1.2.3, found '${version}'")
  endif()
  if(NOT kinds MATCHES "\"chela\\.${ARG_KIND}/[0-9]+\"")
    message(FATAL_ERROR "${ARG_PLUGIN_JSON}: 'kinds' must name chela.${ARG_KIND}/1, found ${kinds}")
  endif()
  string(JSON minor_needed ERROR_VARIABLE none GET "${json}" abi_minor_needed)
  if(none)
    set(minor_needed 0)
  endif()
  string(JSON json SET "${json}" schema "\"chela.plugin/1\"")
  string(JSON json SET "${json}" abi "{\"major\":1,\"minor_built\":0,\"minor_needed\":${minor_needed}}")

  list(GET ARG_SOURCES 0 first_source)
  cmake_path(GET first_source EXTENSION LAST_ONLY extension)
  set(target chela_plugin_${ARG_KIND}_${name})
  set(note "${CMAKE_CURRENT_BINARY_DIR}/${target}_note${extension}")
  _chela_generate_note("${json}" "${note}")

  add_library(${target} MODULE ${ARG_SOURCES} "${note}")
  target_link_libraries(${target} PRIVATE chela::sdk ${ARG_LINKS})
  if(NOT extension STREQUAL ".c")
    target_link_libraries(${target} PRIVATE chela::json)
  endif()
  if(TARGET chela::build_settings)
    target_link_libraries(${target} PRIVATE chela::build_settings)
  endif()
  target_compile_definitions(${target} PRIVATE
    CHELA_PLUGIN_ID="${id}" CHELA_PLUGIN_VERSION="${version}" CHELA_PLUGIN_ABI_MINOR_NEEDED=${minor_needed})
  target_compile_options(${target} PRIVATE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-gnu-unique>)
  target_link_options(${target} PRIVATE
    "LINKER:--version-script=${CMAKE_CURRENT_FUNCTION_LIST_DIR}/chela_plugin.version" LINKER:-z,now LINKER:-z,nodelete LINKER:-z,noexecstack)
  if(NOT CHELA_SANITIZE)  # a sanitizer's run-time is found in the program that opens the library
    target_link_options(${target} PRIVATE LINKER:-z,defs)
  endif()
  set_target_properties(${target} PROPERTIES
    PREFIX "" SUFFIX ".so" OUTPUT_NAME "${id}"
    C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    LINK_DEPENDS "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/chela_plugin.version")
  if(CHELA_PLUGIN_OUTPUT_DIRECTORY)
    set_target_properties(${target} PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${CHELA_PLUGIN_OUTPUT_DIRECTORY}")
  endif()

  if(ARG_TESTS AND BUILD_TESTING)
    find_package(GTest REQUIRED)
    add_executable(${target}_test ${ARG_TESTS})
    target_link_libraries(${target}_test PRIVATE chela::testing chela::json GTest::gtest_main ${ARG_LINKS})
    if(TARGET chela::build_settings)
      target_link_libraries(${target}_test PRIVATE chela::build_settings)
    endif()
    target_include_directories(${target}_test PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}")
    target_compile_definitions(${target}_test PRIVATE
      CHELA_PLUGIN_FILE="$<TARGET_FILE:${target}>" CHELA_PLUGIN_DIR="${CMAKE_CURRENT_SOURCE_DIR}")
    add_dependencies(${target}_test ${target})
    add_test(NAME ${target} COMMAND ${target}_test)
    set_tests_properties(${target} PROPERTIES LABELS plugin TIMEOUT 300)
  endif()
endfunction()
