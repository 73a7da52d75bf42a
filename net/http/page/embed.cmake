# Turns a page into C++: cmake -D PAGE=index.html -D OUTPUT=try_page.cpp -D HEADER=net/http/page/try_page.hpp -D SPACE=ability
#   -D NAME=try_page [-D SERVED=ON] -P embed.cmake
# HEADER declares NAME and NAME_policy in the namespace SPACE. A page that is SERVED may talk to its server.
# The same page always gives the same bytes.
cmake_minimum_required(VERSION 3.25)

function(base64 hex result)
  set(alphabet "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
  set(text "")
  string(LENGTH "${hex}" length)
  foreach(at RANGE 0 ${length} 6)
    string(SUBSTRING "${hex}" ${at} 6 digits)
    string(LENGTH "${digits}" count)
    if(count EQUAL 0)
      break()
    endif()
    math(EXPR sextets "(${count} * 4 + 5) / 6")
    string(SUBSTRING "${digits}00000" 0 6 digits)
    foreach(sextet RANGE 1 4)
      if(sextet GREATER sextets)
        string(APPEND text "=")
      else()
        math(EXPR index "(0x${digits} >> (24 - 6 * ${sextet})) & 63")
        string(SUBSTRING "${alphabet}" ${index} 1 letter)
        string(APPEND text "${letter}")
      endif()
    endforeach()
  endforeach()
  set(${result} "${text}" PARENT_SCOPE)
endfunction()

# The source of a Content-Security-Policy that allows the one inline <element> of the page, and no other.
function(inline_hash page element result)
  string(FIND "${page}" "<${element}>" begin)
  string(FIND "${page}" "</${element}>" end)
  string(FIND "${page}" "<${element}>" last REVERSE)
  if(begin EQUAL -1 OR end LESS begin OR NOT begin EQUAL last)
    message(FATAL_ERROR "the page must have exactly one <${element}>")
  endif()
  string(LENGTH "<${element}>" tag)
  math(EXPR begin "${begin} + ${tag}")
  math(EXPR length "${end} - ${begin}")
  string(SUBSTRING "${page}" ${begin} ${length} body)
  string(SHA256 digest "${body}")
  base64("${digest}" text)
  set(${result} "'sha256-${text}'" PARENT_SCOPE)
endfunction()

file(READ "${PAGE}" page)
inline_hash("${page}" script script)
inline_hash("${page}" style style)
set(served "")
if(SERVED)
  set(served "; connect-src 'self' ws: wss:; frame-ancestors 'none'")
endif()
string(CONCAT policy "default-src 'none'; script-src ${script}; style-src ${style}; img-src data:; "
  "base-uri 'none'; form-action 'none'${served}")

file(READ "${PAGE}" bytes HEX)
string(REPEAT "[0-9a-f]" 60 line)
string(REGEX REPLACE "(${line})" "\\1\n" bytes "${bytes}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" bytes "${bytes}")
string(REGEX REPLACE "([^\n]+)" "    \"\\1\"" bytes "${bytes}")
string(STRIP "${bytes}" bytes)

file(CONFIGURE OUTPUT "${OUTPUT}" @ONLY CONTENT [[// Made by embed.cmake from the page beside the header: change those.
#include "@HEADER@"

namespace @SPACE@ {

namespace {

constexpr char bytes[] =
    @bytes@;

}  // namespace

const std::string_view @NAME@{bytes, sizeof(bytes) - 1};
const std::string_view @NAME@_policy = "@policy@";

}  // namespace @SPACE@
]])
# An output that stayed the same is not rewritten, and would be made again at each build.
file(TOUCH "${OUTPUT}")
