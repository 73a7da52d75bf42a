// The scenarios that come with the harness, and files that are no scenarios.
#define CAF_SUITE ready_scenarios

#include <caf/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "apps/load/scenario/scaled.hpp"
#include "apps/load/scenario/scenario_check.hpp"
#include "apps/load/scenario/scenario_file.hpp"

using namespace ability::load;

namespace {

namespace fs = std::filesystem;

const fs::path ready = fs::path{ABILITY_SOURCE_DIR} / "tests/load/scenarios";

/// A folder that is removed with the test.
class scratch {
public:
  scratch() {
    auto name = (fs::temp_directory_path() / "scenario-XXXXXX").string();
    CAF_REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder_ = name;
  }
  ~scratch() { fs::remove_all(folder_); }
  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;

  /// The path of a file that holds `text`.
  fs::path file(const std::string& text) const {
    std::ofstream{folder_ / "x.json", std::ios::binary} << text;
    return folder_ / "x.json";
  }
  const fs::path& folder() const { return folder_; }

private:
  fs::path folder_;
};

/// The mistake that `load_scenario` finds in `file`, without its name; empty: none.
std::string mistake_of(const fs::path& file) {
  const auto read = load_scenario(file);
  if (read)
    return {};
  CAF_CHECK(read.error().starts_with(file.string() + ": "));
  return read.error().substr(file.string().size() + 2);
}

std::size_t clients_of(const scenario& plan) {
  std::size_t count = 0;
  for (const auto& group : plan.clients)
    count += group.count;
  return count;
}

}  // namespace

CAF_TEST(all ready scenarios can be read) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator{ready}) {
    const auto read = load_scenario(entry.path());
    if (!read)
      CAF_ERROR(read.error());
    else
      names.insert(read->name);
    CAF_CHECK(!read || read->name + ".json" == entry.path().filename());
    CAF_CHECK(!read || !read->about.empty());
    CAF_CHECK(!read || !read->assertions.empty());
    CAF_CHECK(!read || read->limit.count() > 0);
  }
  const std::set<std::string> expected{
      "burst",           "chat_rooms", "cluster",        "connect_storm", "fanout",        "idle", "mixed_protocols",
      "reconnect_storm", "resume",     "resume_devices", "slow_readers",  "small_streams", "soak"};
  CAF_CHECK(names == expected);
}

CAF_TEST(the example of the manual can be read) {
  std::ifstream in{fs::path{ABILITY_SOURCE_DIR} / "tests/load/README.md"};
  std::string example;
  for (std::string line; std::getline(in, line);)
    if (line == "    {" || (!example.empty() && line.starts_with("    ")))
      example += line + '\n';
    else if (!example.empty())
      break;
  const auto read = parse_scenario(example);
  CAF_CHECK(read.has_value());
  CAF_CHECK(read && read->name == "greetings");
}

CAF_TEST(ready scenarios can be scaled) {
  for (const auto& entry : fs::directory_iterator{ready})
    for (const double factor : {0.01, 0.1, 3.0}) {
      const auto read = load_scenario(entry.path());
      CAF_REQUIRE(read.has_value());
      const auto other = scaled(*read, factor);
      CAF_CHECK_LESS(std::abs(static_cast<double>(clients_of(other)) - factor * static_cast<double>(clients_of(*read))),
                     10.0);
      const auto wrong = check(other);
      CAF_CHECK(!wrong);
    }
}

CAF_TEST(soak has as many connections as it says) {
  const auto read = load_scenario(ready / "soak.json");
  CAF_REQUIRE(read.has_value());
  std::size_t connections = 0;
  for (const auto& group : read->clients)
    if (!group.name.ends_with("publisher") && !group.name.ends_with("publishers"))
      connections += group.count;
  CAF_CHECK_EQUAL(connections, 18'000u);
}

CAF_TEST(files that hold no scenario) {
  const scratch here;
  CAF_CHECK(mistake_of(here.folder() / "none.json") == "there is no such file");
  CAF_CHECK(mistake_of(here.folder()) == "is a directory");
  CAF_CHECK(mistake_of(here.file("")) == "line 1, column 1: is no JSON: there is no text");
  CAF_CHECK(mistake_of(here.file("{\"name\":\n}")) ==
            "line 2, column 1: is no JSON: unexpected '}'; expected '[', '{', or a literal");
  CAF_CHECK(mistake_of(here.file(R"({"name": "x", "clients": 1})")) ==
            "clients: must be an array that is not empty, but is 1");
}

CAF_TEST(files are read up to a bound) {
  const scratch here;
  const std::string good = R"({"name": "x", "clients": [{"name": "y", "steps": [{"wait": "1s"}]}]})";
  const std::size_t bound = std::size_t{1} << 20;
  CAF_CHECK(mistake_of(here.file(good + std::string(bound - good.size(), ' '))).empty());
  CAF_CHECK(mistake_of(here.file(good + std::string(bound - good.size() + 1, ' '))) == "is larger than 1 MiB");
}
