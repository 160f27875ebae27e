# use_peers(<test target> <sources>): a plugin's tests against others' programs, in the plugin's own test.
function(use_peers target)
  if(NOT TARGET ${target})
    return()
  endif()
  target_sources(${target} PRIVATE ${ARGN})
  target_compile_definitions(${target} PRIVATE
    CHELA_PEERS_DIR="${PROJECT_SOURCE_DIR}/build/peers"
    CHELA_CHECK_TESTING_DIR="${CMAKE_CURRENT_FUNCTION_LIST_DIR}")
endfunction()
