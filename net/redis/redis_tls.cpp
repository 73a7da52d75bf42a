#include "net/redis/redis_tls.hpp"

#include "net/io/pem_file.hpp"

namespace ability {

fly::tls_context::load_result load_redis_tls(const redis_tls& how) {
  auto made = fly::tls_context::for_client(how.ca_file, how.verify);
  if (!made || how.certificate_file.empty())
    return made;
  auto* const context = (*made)->native();
  if (const auto why = fly::show_chain(context, how.certificate_file); !why.empty())
    return "certificate " + how.certificate_file + ": " + why;
  if (const auto why = fly::use_key(context, how.key_file); !why.empty())
    return "key " + how.key_file + ": " + why;
  return made;
}

}  // namespace ability
