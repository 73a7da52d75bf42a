/// Certificate authorities, and certificates signed by them, generated for the test.
#pragma once

#include <stdlib.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace ability::test {

/// `sign("node", "cluster")` makes node.pem and node.key, signed by cluster.pem.
class authorities {
public:
  authorities() {
    auto pattern = (std::filesystem::temp_directory_path() / "ability_tunnel_XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr)
      throw std::runtime_error("no temporary folder");
    folder_ = pattern;
    for (const std::string name : {"cluster", "monitor", "other"})
      run("req -x509 " + key(name) + "-days 2 -out " + file(name + ".pem"));
    sign("node", "cluster");
    sign("program", "monitor");
    sign("stranger", "other");
  }
  authorities(const authorities&) = delete;
  authorities& operator=(const authorities&) = delete;
  ~authorities() { std::filesystem::remove_all(folder_); }

  std::string file(const std::string& name) const { return (folder_ / name).string(); }

private:
  void sign(const std::string& name, const std::string& by) {
    run("req " + key(name) + "-out " + file(name + ".csr"));
    run("x509 -req -days 2 -in " + file(name + ".csr") + " -CA " + file(by + ".pem") + " -CAkey " + file(by + ".key") +
        " -CAcreateserial -out " + file(name + ".pem"));
  }

  std::string key(const std::string& name) const {
    return "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=" + name + " -keyout " + file(name + ".key") +
           " ";
  }

  static void run(const std::string& what) {
    if (std::system(("openssl " + what + " 2>/dev/null").c_str()) != 0)
      throw std::runtime_error("openssl makes no certificate");
  }

  std::filesystem::path folder_;
};

}  // namespace ability::test
