# What each folder may include (design.md 3). One include root would let any header be found from anywhere.
function(forbid folder pattern)
  file(GLOB_RECURSE sources "${SOURCE_DIR}/${folder}/*.hpp" "${SOURCE_DIR}/${folder}/*.cpp")
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
forbid(config "caf/|boost/|actors/|net/|protocol/")
forbid(actors "boost/asio|boost/beast|hiredis/|spdlog/|net/|config/")
forbid(net "config/")
forbid(net/fly "caf/|actors/|config/|net/[a-eg-z]") # of a library that is used without the daemon
