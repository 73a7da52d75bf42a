# The target headers_alone compiles each header by itself. A header is compiled again when one that it includes changed.
file(GLOB_RECURSE headers RELATIVE "${PROJECT_SOURCE_DIR}" CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/actors/*.hpp"
  "${PROJECT_SOURCE_DIR}/apps/*.hpp" "${PROJECT_SOURCE_DIR}/config/*.hpp" "${PROJECT_SOURCE_DIR}/net/*.hpp"
  "${PROJECT_SOURCE_DIR}/protocol/*.hpp" "${PROJECT_SOURCE_DIR}/tests/*.hpp")
if(ABILITY_GRPC)
  set(made_headers anycable_proto)
  set(made_folder -isystem "$<TARGET_PROPERTY:anycable_proto,BINARY_DIR>")
endif()
set(stamps "")
foreach(header IN LISTS headers)
  set(stamp "${CMAKE_CURRENT_BINARY_DIR}/headers_alone/${header}")
  get_filename_component(folder "${stamp}" DIRECTORY)
  file(MAKE_DIRECTORY "${folder}")
  # Fixtures of CAF's test engine need the name of a suite.
  add_custom_command(OUTPUT "${stamp}.ok"
    COMMAND "${CMAKE_CXX_COMPILER}" -std=gnu++20 "$<TARGET_PROPERTY:ability_flags,INTERFACE_COMPILE_OPTIONS>"
      "-D$<JOIN:$<TARGET_PROPERTY:ability_flags,INTERFACE_COMPILE_DEFINITIONS>,;-D>" -DCAF_SUITE=alone ${made_folder}
      "-I${PROJECT_SOURCE_DIR}" -fsyntax-only -MD -MF "${stamp}.d" -MT "${stamp}.ok" -include "${header}" -x c++ /dev/null
    COMMAND "${CMAKE_COMMAND}" -E touch "${stamp}.ok"
    DEPENDS "${PROJECT_SOURCE_DIR}/${header}" ${made_headers}
    DEPFILE "${stamp}.d"
    COMMENT "${header}" VERBATIM COMMAND_EXPAND_LISTS)
  list(APPEND stamps "${stamp}.ok")
endforeach()
add_custom_target(headers_alone DEPENDS ${stamps})
