#include "net/io/pem_file.hpp"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "net/io/descriptor.hpp"
#include "protocol/auth/openssl_ptr.hpp"

namespace ability::fly {

namespace {

using clock = std::chrono::steady_clock;

void free_entries(STACK_OF(X509_INFO) * made) { sk_X509_INFO_pop_free(made, X509_INFO_free); }

std::string message_of(int error) { return std::system_category().message(error); }

// -- reading ---

// Waits for input; false at the timeout. Hangup alone is no end: a pipe may not have had a writer yet.
bool await_bytes(int from, clock::time_point until) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now());
  pollfd waiting{from, POLLIN, 0};
  return left.count() > 0 && (::poll(&waiting, 1, static_cast<int>(left.count())) > 0 || clock::now() < until);
}

// True if the pipe had a writer and has none any more.
bool is_closed(int pipe) {
  pollfd state{pipe, POLLIN, 0};
  return ::poll(&state, 1, 0) > 0 && (state.revents & POLLHUP) != 0;
}

// Reads to the end; returns the error, if any.
std::string read_all(int from, mode_t kind, std::string& into) {
  const auto until = clock::now() + pipe_patience;
  const bool is_pipe = S_ISFIFO(kind);
  std::array<char, 16'384> part;
  while (into.size() <= max_file_size) {
    if (!S_ISREG(kind) && !await_bytes(from, until))
      return "nothing more came within " + std::to_string(pipe_patience.count()) + " s, and it has not ended";
    const auto got = ::read(from, part.data(), part.size());
    if (got > 0)
      into.append(part.data(), static_cast<std::size_t>(got));
    else if (got < 0 && errno != EAGAIN && errno != EINTR)
      return message_of(errno);
    else if (got == 0 && (!is_pipe || !into.empty() || is_closed(from)))
      return is_pipe && into.empty() ? "it is a pipe with nothing in it" : "";
  }
  return "it is larger than 1 MiB";
}

// -- PEM ---

bool is_last_error(int library, int reason) {
  const auto last = ERR_peek_last_error();
  return ERR_GET_LIB(last) == library && ERR_GET_REASON(last) == reason;
}

bool at_end_of_pem() { return is_last_error(ERR_LIB_PEM, PEM_R_NO_START_LINE); }

// OpenSSL 3 says so of a key in a file without PEM.
bool is_no_key() { return is_last_error(ERR_LIB_OSSL_DECODER, ERR_R_UNSUPPORTED); }

// A file for OpenSSL to read. Records a request for a pass phrase, and refuses it.
class pem_source {
public:
  explicit pem_source(const std::string& path) : path_{path}, file_{read_text_file(path)} {
    if (file_.error.empty())
      bio_.reset(BIO_new_mem_buf(file_.text.data(), static_cast<int>(file_.text.size())));
    ERR_clear_error();
  }

  /// Loads the file into `context` by `take`. Returns the error, if any, in which `what` names the content.
  std::string give(SSL_CTX* context, const std::string& what, bool (*take)(SSL_CTX*, pem_source&)) {
    if (bio_ != nullptr && take(context, *this)) {
      ERR_clear_error();
      return {};
    }
    return complaint(what);
  }

  BIO* bio() const noexcept { return bio_.get(); }
  bool& asked() noexcept { return asked_; }

  static int refuse(char*, int, int, void* source) {
    *static_cast<bool*>(source) = true;
    return -1;
  }

private:
  std::string complaint(const std::string& what) const {
    if (!file_.error.empty())
      return file_.error;
    if (asked_) {
      ERR_clear_error();
      return "the " + what +
             " is encrypted, and a daemon asks nobody for a pass phrase; give one in clear, as made by: openssl pkey "
             "-in " +
             path_ + " -out NEW.key";
    }
    const bool no_pem = at_end_of_pem() || is_no_key();
    auto why = first_complaint();
    return no_pem ? "it is not PEM, or of something else" : why;
  }

  std::string path_;
  file_text file_;
  openssl_ptr<BIO, BIO_free> bio_;
  bool asked_ = false;
};

bool take_chain(SSL_CTX* context, pem_source& from) {
  const openssl_ptr<X509, X509_free> own{PEM_read_bio_X509_AUX(from.bio(), nullptr, pem_source::refuse, &from.asked())};
  if (own == nullptr || SSL_CTX_use_certificate(context, own.get()) != 1)
    return false;
  SSL_CTX_clear_chain_certs(context);
  while (auto* next = PEM_read_bio_X509(from.bio(), nullptr, pem_source::refuse, &from.asked())) {
    if (SSL_CTX_add0_chain_cert(context, next) != 1) {
      X509_free(next);
      return false;
    }
  }
  return at_end_of_pem();
}

bool take_key(SSL_CTX* context, pem_source& from) {
  const openssl_ptr<EVP_PKEY, EVP_PKEY_free> key{
      PEM_read_bio_PrivateKey(from.bio(), nullptr, pem_source::refuse, &from.asked())};
  return key != nullptr && SSL_CTX_use_PrivateKey(context, key.get()) == 1;
}

// Adds certificates and revocation lists, like OpenSSL does for a file of authorities.
bool take_authorities(SSL_CTX* context, pem_source& from) {
  const openssl_ptr<STACK_OF(X509_INFO), free_entries> entries{
      PEM_X509_INFO_read_bio(from.bio(), nullptr, pem_source::refuse, &from.asked())};
  if (entries == nullptr)
    return false;
  auto* const store = SSL_CTX_get_cert_store(context);
  int added = 0;
  for (int i = 0; i < sk_X509_INFO_num(entries.get()); ++i) {
    const auto* each = sk_X509_INFO_value(entries.get(), i);
    if (each->x509 != nullptr && X509_STORE_add_cert(store, each->x509) != 1)
      return false;
    if (each->crl != nullptr && X509_STORE_add_crl(store, each->crl) != 1)
      return false;
    added += each->x509 != nullptr || each->crl != nullptr;
  }
  if (added == 0)
    ERR_raise(ERR_LIB_X509, X509_R_NO_CERTIFICATE_OR_CRL_FOUND);
  return added > 0;
}

}  // namespace

file_text read_text_file(const std::string& path) {
  // Without O_NONBLOCK, opening a pipe would wait for its writer.
  const descriptor file{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
  struct stat facts {};
  if (file.get() < 0 || ::fstat(file.get(), &facts) != 0)
    return {{}, message_of(errno)};
  if (S_ISDIR(facts.st_mode))
    return {{}, message_of(EISDIR)};
  file_text found;
  found.error = read_all(file.get(), facts.st_mode, found.text);
  return found;
}

std::string first_complaint() {
  const auto code = ERR_peek_error();
  ERR_clear_error();
  if (ERR_SYSTEM_ERROR(code))
    return std::system_category().message(ERR_GET_REASON(code));
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "unknown error";
}

std::string show_chain(SSL_CTX* context, const std::string& file) {
  return pem_source{file}.give(context, "certificate", take_chain);
}

std::string use_key(SSL_CTX* context, const std::string& file) {
  return pem_source{file}.give(context, "key", take_key);
}

std::string trust_authorities(SSL_CTX* context, const std::string& file) {
  return pem_source{file}.give(context, "certificate", take_authorities);
}

}  // namespace ability::fly
