# chela::sdk, chela::json and chela::testing: made the same way in chela's own build and, from the installed sources,
# in yours. chela::abi is there already.
function(_chela_define_cxx_targets json_source testing_dir)
  # The headers, for everybody.
  add_library(chela_sdk INTERFACE)
  add_library(chela::sdk ALIAS chela_sdk)
  target_link_libraries(chela_sdk INTERFACE chela::abi Boost::headers tl::expected)
  target_compile_definitions(chela_sdk INTERFACE BOOST_JSON_NO_LIB BOOST_JSON_STATIC_LINK BOOST_CONTAINER_NO_LIB)
  target_compile_features(chela_sdk INTERFACE cxx_std_20)

  # Boost.JSON as objects: linked into each program and each plugin.
  add_library(chela_json OBJECT EXCLUDE_FROM_ALL ${json_source})
  add_library(chela::json ALIAS chela_json)
  target_link_libraries(chela_json PUBLIC chela_sdk)
  set_target_properties(chela_json PROPERTIES
    POSITION_INDEPENDENT_CODE ON CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  if(CHELA_SANITIZE)
    target_compile_options(chela_json PRIVATE -fsanitize=${CHELA_SANITIZE})
  endif()

  # What the tests of plugins include: FakeHost, OpenedPlugin, the fixture loop.
  add_library(chela_testing INTERFACE)
  add_library(chela::testing ALIAS chela_testing)
  target_include_directories(chela_testing INTERFACE ${testing_dir})
  # An archive, because objects do not travel through an INTERFACE library, and because it does no harm to a test that
  # has the objects already.
  add_library(chela_testing_json STATIC EXCLUDE_FROM_ALL $<TARGET_OBJECTS:chela_json>)
  set_target_properties(chela_testing_json PROPERTIES LINKER_LANGUAGE CXX)
  target_link_libraries(chela_testing INTERFACE chela_sdk chela_testing_json ${CMAKE_DL_LIBS})
endfunction()
