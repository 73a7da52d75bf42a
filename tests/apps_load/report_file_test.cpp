#define CAF_SUITE report_file

#include "apps/load/report/report_file.hpp"

#include <unistd.h>

#include <caf/test/unit_test.hpp>
#include <fstream>
#include <iterator>

using namespace ability::load;
namespace fs = std::filesystem;

namespace {

struct folder_fixture {
  fs::path folder = fs::temp_directory_path() / ("ability-report-file-" + std::to_string(::getpid()));

  folder_fixture() { fs::create_directory(folder); }
  ~folder_fixture() { fs::remove_all(folder); }

  static std::string text_of(const fs::path& path) {
    std::ifstream file{path};
    return {std::istreambuf_iterator<char>{file}, {}};
  }
  auto files() const { return std::distance(fs::directory_iterator{folder}, {}); }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(report_file_tests, folder_fixture)

CAF_TEST(a file is written whole) {
  const auto path = folder / "out.json";
  CAF_CHECK(!fault_of_file(path));
  CAF_CHECK_EQUAL(files(), 0);
  for (const std::string text : {"{}", "{\"more\": 1}"}) {
    CAF_CHECK(!write_file(path, text));
    CAF_CHECK(!fault_of_file(path));
    CAF_CHECK_EQUAL(text_of(path), text);
  }
  CAF_CHECK_EQUAL(files(), 1);
}

CAF_TEST(what cannot be written is known before and leaves nothing) {
  fs::create_directory(folder / "out.json");
  CAF_CHECK(fault_of_file(folder / "out.json") == "it is a directory");
  CAF_CHECK(write_file(folder / "out.json", "{}").has_value());
  CAF_CHECK_EQUAL(files(), 1);
  CAF_CHECK(fault_of_file(folder / "none" / "out.json") == "No such file or directory");
  CAF_CHECK(write_file(folder / "none" / "out.json", "{}") == "No such file or directory");
  CAF_CHECK(fault_of_file("/dev/full") == "it is no file that could be replaced");
  CAF_CHECK(fault_of_file(folder / std::string(300, 'x')) == "File name too long");
}

CAF_TEST_FIXTURE_SCOPE_END()
