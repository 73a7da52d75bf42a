/// The page that shows a report, without one. Its source is report_page.html, made into C++ at build time by
/// net/http/page/embed.cmake.
#pragma once

#include <string_view>

namespace ability::load {

/// UTF-8 HTML with `@POLICY@`, `@TITLE@`, `@HEADLINE@` and `@REPORT@` where these belong.
extern const std::string_view report_template;

/// The Content-Security-Policy that allows what the page does, and nothing that a report could bring in.
extern const std::string_view report_template_policy;

}  // namespace ability::load
