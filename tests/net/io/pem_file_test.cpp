#define CAF_SUITE fly_pem_file
// Labels: hardened
#include "net/io/pem_file.hpp"

#include <fcntl.h>
#include <openssl/ssl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

#include "caf/test/unit_test.hpp"

using namespace ability::fly;

namespace {

struct fixture {
  fixture() {
    auto pattern = (std::filesystem::temp_directory_path() / "ability_pem_XXXXXX").string();
    CAF_REQUIRE(mkdtemp(pattern.data()) != nullptr);
    folder = pattern;
  }
  ~fixture() { std::filesystem::remove_all(folder); }

  std::string file(const std::string& text) const {
    std::ofstream{folder / "file", std::ios::binary} << text;
    return (folder / "file").string();
  }

  // A pipe to which `text` is written once a reader opens it.
  std::string pipe(const std::string& text) {
    const auto path = (folder / "pipe").string();
    CAF_REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    writer = std::jthread{[path, text] {
      const int end = ::open(path.c_str(), O_WRONLY);  // waits for a reader
      CAF_REQUIRE(::write(end, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
      ::close(end);
    }};
    return path;
  }

  std::filesystem::path folder;
  std::jthread writer;
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(fly_pem_file_tests, fixture)

CAF_TEST(a file is read whole) {
  const std::string text(100'000, 'x');
  const auto found = read_text_file(file(text));
  CAF_CHECK_EQUAL(found.error, "");
  CAF_CHECK(found.text == text);
  CAF_CHECK_EQUAL(read_text_file(file("")).error, "");
  CAF_CHECK_EQUAL(read_text_file("/dev/null").error, "");
}

CAF_TEST(a pipe is read once it is written) {
  const auto found = read_text_file(pipe("certificate"));
  CAF_CHECK_EQUAL(found.error, "");
  CAF_CHECK_EQUAL(found.text, "certificate");
}

CAF_TEST(a pipe that is closed without a word is no empty file) {
  CAF_CHECK_EQUAL(read_text_file(pipe("")).error, "it is a pipe with nothing in it");
}

CAF_TEST(what cannot be read is told) {
  CAF_CHECK_EQUAL(read_text_file((folder / "absent").string()).error, "No such file or directory");
  CAF_CHECK_EQUAL(read_text_file(folder.string()).error, "Is a directory");
  CAF_CHECK_EQUAL(read_text_file(file(std::string(max_file_size, 'x'))).error, "");
  CAF_CHECK_EQUAL(read_text_file(file(std::string(max_file_size + 1, 'x'))).error, "it is larger than 1 MiB");
}

CAF_TEST(a file without PEM is no key and no certificate) {
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context{SSL_CTX_new(TLS_method()), SSL_CTX_free};
  for (const auto* text : {"", "hello"})
    for (auto* const take : {show_chain, use_key})
      CAF_CHECK_EQUAL(take(context.get(), file(text)), "it is not PEM, or of something else");
}

CAF_TEST_FIXTURE_SCOPE_END()
