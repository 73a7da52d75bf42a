# The includes that each folder may have (docs/ARCHITECTURE.md "Folders"). One include root would let any header be
# found from anywhere.
function(forbid folder pattern)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" EXCEPT "")
  file(GLOB_RECURSE sources "${SOURCE_DIR}/${folder}/*.hpp" "${SOURCE_DIR}/${folder}/*.cpp")
  if(arg_EXCEPT)
    list(FILTER sources EXCLUDE REGEX "/${arg_EXCEPT}")
  endif()
  if(NOT sources)
    message(SEND_ERROR "${folder}/ holds no sources")
  endif()
  foreach(source IN LISTS sources)
    file(STRINGS "${source}" found REGEX "^#include [<\"](${pattern})")
    if(found)
      message(SEND_ERROR "${source} must not include: ${found}")
    endif()
  endforeach()
endfunction()

forbid(protocol "caf/|boost/asio|boost/beast|actors/|net/|config/")
forbid(config "caf/|boost/|actors/|net/|protocol/" EXCEPT config/settings/)
forbid(config/settings "caf/|boost/|actors/|net/|config/[a-z_]+[.]hpp") # what the others are configured with
forbid(actors "boost/asio|boost/beast|hiredis/|spdlog/|net/|config/[a-z_]+[.]hpp")
forbid(net "config/[a-z_]+[.]hpp")
# Of a library that is used without the daemon.
forbid(net/io "caf/|actors/|config/|net/([a-eghj-z]|fly_)")
forbid(net/fly "caf/|actors/|config/|net/([a-eghj-z]|fly_)")
