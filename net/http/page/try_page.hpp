// The page to try the daemon with, generated from index.html by embed.cmake at build time.
#pragma once

#include <string_view>

namespace ability {

/// The whole page: UTF-8 HTML without external resources.
extern const std::string_view try_page;

/// The Content-Security-Policy to send with it, with the hashes of the page's own script and style.
extern const std::string_view try_page_policy;

}  // namespace ability
