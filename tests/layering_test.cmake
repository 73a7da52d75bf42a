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

# The folders below TOP, lowest first: none includes one behind it. A folder that is missing here is an error.
function(layers top)
  file(GLOB present RELATIVE "${SOURCE_DIR}/${top}" "${SOURCE_DIR}/${top}/*/*.hpp")
  list(TRANSFORM present REPLACE "/.*" "")
  list(REMOVE_DUPLICATES present)
  list(REMOVE_ITEM present ${ARGN})
  if(present)
    message(SEND_ERROR "${top}/: no layer is given to ${present}")
  endif()
  set(above "${ARGN}")
  foreach(folder IN LISTS ARGN)
    list(POP_FRONT above)
    if(above)
      list(JOIN above "|" pattern)
      forbid(${top}/${folder} "${top}/(${pattern})/")
    endif()
  endforeach()
endfunction()

layers(protocol text json websocket publication history presence client auth action_cable app_rpc basp cluster fly http monitor proxy redis redis_log redis_presence redis_sessions)
layers(actors runtime broadcast node ingress auth app stream sessions connection cluster monitor supervisor)
forbid(actors "actors/[a-z_]+/" EXCEPT "actors/([a-z_]+/)") # the message graph is below all folders
layers(net io fly metrics lane client redis auth cluster fly_gateway app http websocket action_cable)
# Client protocols know nothing of each other, and the actors nothing of them.
forbid(net/action_cable "net/(fly|fly_gateway|websocket)/|protocol/fly/")
forbid(net/fly_gateway "net/(action_cable|websocket)/|protocol/action_cable/")
forbid(net/websocket "net/(action_cable|fly|fly_gateway)/|protocol/(action_cable|fly)/")
forbid(net/client "net/(action_cable|fly|fly_gateway|websocket|http)/|protocol/(action_cable|fly)/")

forbid(protocol "caf/|boost/asio|boost/beast|actors/|net/|config/")
forbid(config "caf/|boost/|actors/|net/|protocol/[^t]" EXCEPT config/settings/) # protocol/text/ is free for all
forbid(config/settings "caf/|boost/|actors/|net/|config/[a-z_]+[.]hpp") # what the others are configured with
forbid(actors "boost/asio|boost/beast|hiredis/|spdlog/|net/|config/[a-z_]+[.]hpp")
forbid(net "config/[a-z_]+[.]hpp")
# Of a library that is used without the daemon.
forbid(net/io "caf/|actors/|config/|net/([a-eghj-z]|fly_)")
forbid(net/fly "caf/|actors/|config/|net/([a-eghj-z]|fly_)")
forbid(net/fly/peer "net/fly/[a-z_]+[.]hpp")
forbid(net/fly/transport "net/fly/([a-z_]+[.]hpp|peer/)")
