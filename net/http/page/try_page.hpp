// The page to try the daemon with. Its source is index.html, made into C++ at build time by embed.cmake.
#pragma once

#include <string_view>

namespace ability {

/// The whole page: UTF-8 HTML that loads nothing else.
extern const std::string_view try_page;

/// The Content-Security-Policy to send with it. It names the page's own script and style by hash.
extern const std::string_view try_page_policy;

}  // namespace ability
