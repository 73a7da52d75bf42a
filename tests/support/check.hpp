/// CAF's checks of two values, for values that are parts of temporaries, too. Included into all unit tests by their
/// precompiled header.
///
/// CAF keeps `auto&& value = expression`: in `CAF_CHECK_EQUAL(read(text)->size, 3)` the optional has ended before the
/// check reads its part. An argument lives until the call returns.
#pragma once

#include "caf/test/unit_test.hpp"

#undef CAF_SUITE  // each test defines its own
#undef CAF_CHECK_FUNC
#define CAF_CHECK_FUNC(func, x_expr, y_expr)                                                                \
  do {                                                                                                      \
    [](const auto& x_value, const auto& y_value) {                                                          \
      func comparator;                                                                                      \
      static_cast<void>(::caf::test::detail::check(::caf::test::engine::current_test(), __FILE__, __LINE__, \
                                                   CAF_FUNC_EXPR(func, x_expr, y_expr), false,              \
                                                   comparator(x_value, y_value), x_value, y_value));        \
    }(x_expr, y_expr);                                                                                      \
    ::caf::test::engine::last_check_file(__FILE__);                                                         \
    ::caf::test::engine::last_check_line(__LINE__);                                                         \
  } while (false)
