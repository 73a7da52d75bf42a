# The actors of a node have one clock and one source of randomness, so that two runs of one seed are equal
# (docs/decisions/0012-one-clock-and-one-seed.md): in actors/ there is no other one. WORK: an empty folder of this test.

if(NOT SOURCE_DIR OR NOT WORK)
  message(FATAL_ERROR "run as: cmake -D SOURCE_DIR=FOLDER -D WORK=EMPTY_FOLDER -P tests/clock_test.cmake")
endif()

# Code before a comment: a static `now`, called or passed on; a clock or random device of the system; a name that differs
# from run to run; an engine beside `random_source`.
string(JOIN "|" forbidden
  "::[ ]*now([^A-Za-z0-9_]|$)"
  "random_device"
  "[^A-Za-z0-9_>.](s?rand|random|time|ftime|clock)[ ]*[(]"
  "clock_gettime|gettimeofday|timespec_get|getrandom|getentropy|RAND_bytes|/dev/u?random"
  "[^A-Za-z0-9_](random_id|make_uuid)[ ]*[(]")
set(engines "default_random_engine|mt19937|minstd_rand|ranlux|knuth_b|#include <random>")
set(code "^([^/]|/[^/])*/?")

# Sets RESULT to the lines of FOLDER that read another clock or source of randomness.
function(find_forbidden folder result)
  file(GLOB_RECURSE sources "${folder}/*.hpp" "${folder}/*.cpp")
  set(all)
  foreach(source IN LISTS sources)
    set(pattern "${forbidden}")
    if(NOT source MATCHES "/actors/runtime/random_source[.]hpp$")
      string(APPEND pattern "|${engines}")
    endif()
    file(STRINGS "${source}" found REGEX "${code}(${pattern})")
    foreach(line IN LISTS found)
      string(APPEND all "\n${source}: ${line}")
    endforeach()
  endforeach()
  set(${result} "${all}" PARENT_SCOPE)
endfunction()

# First, each of these must be found, and none of those.
function(expect is_forbidden line)
  file(WRITE "${WORK}/planted.cpp" "namespace ability {\n\n${line}\n\n}  // namespace ability\n")
  find_forbidden("${WORK}" found)
  if(is_forbidden AND NOT found)
    message(SEND_ERROR "a planted line was not found: ${line}")
  elseif(NOT is_forbidden AND found)
    message(SEND_ERROR "a harmless line was found: ${line}")
  endif()
endfunction()

foreach(line IN ITEMS
    "  const auto now = std::chrono::steady_clock::now() - since_"
    "  deadline_ = clock::now()"
    "  std::chrono::system_clock::time_point started_ = std::chrono::system_clock::now()"
    "  when_ = call(&std::chrono::system_clock::now)"
    "  when_ = caf::actor_clock::clock_type:: now ()"
    "  std::minstd_rand jitter_{std::random_device{}()}"
    "  std::mt19937 jitter_{7}"
    "#include <random>"
    "  return rand() % 2"
    "  return std::time(nullptr)"
    "  when_ = half / time(nullptr)  // now"
    "  ::clock_gettime(CLOCK_MONOTONIC, &now)"
    "  sid_ = random_id()"
    "  self.uuid = make_uuid()")
  expect(TRUE "${line}")
endforeach()
foreach(line IN ITEMS
    "  const auto now = self_->clock().now()"
    "  time_point now() const { return self_->clock().now() }"
    "  const auto now = home_->here.now() + std::chrono::seconds{1}"
    "  // See std::chrono::steady_clock::now() and std::random_device."
    "  using clock = std::chrono::steady_clock"
    "  lane_home::lane_home(node& where) : random{where.seeds.next_seed()} {}"
    "  const auto state = circuit_breaker::now_in()"
    "  const auto left = next_time(7)")
  expect(FALSE "${line}")
endforeach()

find_forbidden("${SOURCE_DIR}/actors" found)
if(found)
  message(SEND_ERROR "actors/ takes the time from `self_->clock()`, `node::now()` and `node::wall_clock`, and random numbers"
    " from `lane_home::random`:${found}")
endif()
file(GLOB_RECURSE sources "${SOURCE_DIR}/actors/*.cpp")
if(NOT sources)
  message(SEND_ERROR "actors/ holds no sources")
endif()
