// Labels: hardened
#define CAF_SUITE path_pattern
#include "protocol/http/path_pattern.hpp"

#include "caf/test/unit_test.hpp"

using namespace ability;

CAF_TEST(a path without anything special is itself) {
  CAF_CHECK(path_matches("/cable", "/cable"));
  for (const auto* path : {"/cabl", "/cable/", "/Cable", "/cable/x", ""})
    CAF_CHECK(!path_matches("/cable", path));
}

CAF_TEST(a star at the end is any rest) {
  for (const auto* path : {"/admin/cable/", "/admin/cable/1", "/admin/cable/1/2"})
    CAF_CHECK(path_matches("/admin/cable/*", path));
  CAF_CHECK(!path_matches("/admin/cable/*", "/admin/cable"));
}

CAF_TEST(a name in braces is one segment that is not empty) {
  for (const auto* path : {"/accounts/7/cable", "/accounts/{tenant}/cable", "/accounts/a.b-c/cable"})
    CAF_CHECK(path_matches("/accounts/{tenant}/cable", path));
  for (const auto* path : {"/accounts//cable", "/accounts/cable", "/accounts/a/b/cable", "/accounts/a/cable/",
                           "/accounts/a/", "/accounts/a", "/accounts/", "/account/a/cable", ""})
    CAF_CHECK(!path_matches("/accounts/{tenant}/cable", path));
}

CAF_TEST(placeholders may be several and stand at either end and before a star) {
  CAF_CHECK(path_matches("/{a}/{b}", "/1/2"));
  CAF_CHECK(!path_matches("/{a}/{b}", "/1"));
  CAF_CHECK(!path_matches("/{a}/{b}", "/1/2/3"));
  CAF_CHECK(path_matches("/{a}/x/*", "/1/x/2/3"));
  CAF_CHECK(path_matches("/x/{a}", "/x/1"));
  CAF_CHECK(!path_matches("/x/{a}", "/x/"));
}
