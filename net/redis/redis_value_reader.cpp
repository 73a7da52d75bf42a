#include "net/redis/redis_value_reader.hpp"

#include <hiredis/hiredis.h>
#include <hiredis/read.h>

#include <new>
#include <utility>

namespace ability {

namespace {

// Callbacks of the parser. The pointer returned is that of the value; null stops the parser. A list keeps its items, so
// their addresses stay.
redis_value* place_of(const redisReadTask* task) {
  if (task->parent == nullptr)
    return static_cast<redis_value*>(task->privdata);
  return &static_cast<redis_value*>(task->parent->obj)->items[static_cast<std::size_t>(task->idx)];
}

// RESP3, in hiredis 1, has more types of text than these three: refuse them.
void* on_value_string(const redisReadTask* task, char* text, std::size_t size) {
  auto* const value = place_of(task);
  switch (task->type) {
    case REDIS_REPLY_STRING:
      value->what = redis_value::kind::text;
      break;
    case REDIS_REPLY_STATUS:
      value->what = redis_value::kind::status;
      break;
    case REDIS_REPLY_ERROR:
      value->what = redis_value::kind::error;
      break;
    default:
      return nullptr;
  }
  value->text.assign(text, size);
  return value;
}

void* on_value_number(const redisReadTask* task, long long number) {
  auto* const value = place_of(task);
  value->what = redis_value::kind::number;
  value->number = number;
  return value;
}

void* on_value_nil(const redisReadTask* task) { return place_of(task); }

// The size is an int up to hiredis 0.14, and a std::size_t from 1.0 on.
template <class Size>
void* on_value_list(const redisReadTask* task, Size size) {
  if (task->type != REDIS_REPLY_ARRAY || static_cast<std::size_t>(size) > redis_value_reader::max_items)
    return nullptr;
  auto* const value = place_of(task);
  value->what = redis_value::kind::list;
  value->items.resize(static_cast<std::size_t>(size));
  return value;
}

void on_value_free(void*) {}

// hiredis 1 has two more functions, for RESP3. If they are null, it returns a small number as the reply's address.
template <class Functions>
Functions all_value_functions() {
  Functions all{};
  all.createString = on_value_string;
  all.createArray = on_value_list;
  all.createInteger = on_value_number;
  all.createNil = on_value_nil;
  all.freeObject = on_value_free;
  if constexpr (requires { all.createDouble; }) {
    all.createDouble = [](const redisReadTask*, double, char*, std::size_t) -> void* { return nullptr; };
    all.createBool = [](const redisReadTask*, int) -> void* { return nullptr; };
  }
  return all;
}

auto value_functions = all_value_functions<redisReplyObjectFunctions>();

}  // namespace

redis_value_reader::redis_value_reader() : reader_{redisReaderCreateWithFunctions(&value_functions)} {
  if (reader_ == nullptr)
    throw std::bad_alloc{};
  reader_->privdata = &reply_;
}

redis_value_reader::~redis_value_reader() = default;

void redis_value_reader::deleter::operator()(redisReader* reader) const noexcept { redisReaderFree(reader); }

void redis_value_reader::feed(std::span<const char> bytes) {
  redisReaderFeed(reader_.get(), bytes.data(), bytes.size());  // `error()` reports a failure
}

std::optional<redis_value> redis_value_reader::next() {
  void* reply = nullptr;
  redisReaderGetReply(reader_.get(), &reply);
  if (reply == nullptr)
    return std::nullopt;
  return std::exchange(reply_, {});
}

std::string redis_value_reader::error() const {
  static constexpr std::string_view prefix = "Protocol error, ";
  if (reader_->err == 0)
    return {};
  // The parser reports a null of the functions above as out of memory.
  if (reader_->err == REDIS_ERR_OOM)
    return std::string{prefix} + "got a reply that no command has";
  const std::string text{reader_->errstr};
  return text.starts_with(prefix) ? text : std::string{prefix} + text;
}

}  // namespace ability
