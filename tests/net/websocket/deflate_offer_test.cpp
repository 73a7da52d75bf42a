// Labels: hardened
#define CAF_SUITE deflate_offer

#include "net/websocket/deflate_offer.hpp"

#include "caf/test/unit_test.hpp"

using namespace ability;

CAF_TEST(an offer is taken as it is) {
  for (const auto* offer :
       {"permessage-deflate", "permessage-deflate; client_max_window_bits",
        "permessage-deflate; client_max_window_bits=8; server_max_window_bits=9",
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=15"})
    CAF_CHECK_EQUAL(usable_deflate_offer(offer), offer);
  CAF_CHECK_EQUAL(usable_deflate_offer("Permessage-Deflate;server_max_window_bits=\"10\""),
                  "permessage-deflate; server_max_window_bits=10");
}

CAF_TEST(an offer that cannot be kept is declined) {
  for (const auto* offer :
       {"", "permessage-deflate; server_max_window_bits=8", "permessage-deflate; server_max_window_bits",
        "permessage-deflate; server_max_window_bits=7", "permessage-deflate; server_max_window_bits=16",
        "permessage-deflate; server_max_window_bits=09", "permessage-deflate; server_max_window_bits=1x",
        "permessage-deflate; client_max_window_bits=7", "permessage-deflate; server_no_context_takeover=1",
        "permessage-deflate; server_max_window_bits=9; server_max_window_bits=9", "permessage-deflate; other",
        "permessage-deflate; server_max_window_bits, x-other", "permessage-deflate; other, x-other",
        "permessage-deflate; ", "permessage-deflate, permessage-deflate; server_max_window_bits=\"9",
        "permessage-deflate x", "permessage-deflate=1", "x-webkit-deflate-frame",
        "permessage-bzip2; server_max_window_bits=9"})
    CAF_CHECK_EQUAL(usable_deflate_offer(offer), "");
}

CAF_TEST(the first of several that can be kept is taken alone) {
  CAF_CHECK_EQUAL(usable_deflate_offer("x-other; a=b, permessage-deflate; server_max_window_bits=8, "
                                       "permessage-deflate; server_max_window_bits=9, permessage-deflate"),
                  "permessage-deflate; server_max_window_bits=9");
}
