/// The HTML page of a report without its data. The source is report_page.html, converted to C++ at build time by
/// net/http/page/embed.cmake.
#pragma once

#include <string_view>

namespace ability::load {

/// UTF-8 HTML with the placeholders `@POLICY@`, `@TITLE@`, `@HEADLINE@` and `@REPORT@`.
extern const std::string_view report_template;

/// Content-Security-Policy that allows the page's own code, and nothing that a report could inject.
extern const std::string_view report_template_policy;

}  // namespace ability::load
