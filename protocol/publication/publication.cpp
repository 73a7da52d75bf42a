#include "protocol/publication/publication.hpp"

#include <initializer_list>
#include <optional>
#include <utility>

#include "protocol/json/excerpt.hpp"
#include "protocol/json/json_fields.hpp"
#include "protocol/json/json_text.hpp"
#include "protocol/publication/publication_id.hpp"

namespace ability {
namespace {

/// Fields of one object of a body.
struct entry {
  json_kind kind = json_kind::absent;
  json_field stream{"stream"};
  json_field data{.key = "data", .raw_only = true};
  json_field meta{"meta"};
  json_field command{"command"};
  json_field payload{"payload"};
  json_field exclude_socket{"exclude_socket"};
  json_field broadcast_type{"broadcast_type"};
  json_field transient{"transient"};
  json_field id{"id"};
  json_field identifier{"identifier"};
  json_field reconnect{"reconnect"};
};

/// Puts `value` into the one of `fields` with this key, and returns that field; null if there is none.
json_field* put(std::string_view key, const json_value& value, std::initializer_list<json_field*> fields) {
  for (auto* field : fields) {
    if (field->key == key) {
      field->take(value);
      return field;
    }
  }
  return nullptr;
}

result<void> optional_of(const json_field& field, json_kind kind) {
  if (field.given() && field.kind != kind) {
    return unfit(field, describe(kind));
  }
  return {};
}

/// Converts `data` to a message: the JSON in a string, or else the string; another value unchanged. A lone surrogate
/// stays as its escape, both in JSON from a string and in the string itself.
result<void> take_data(const json_field& data, broadcast& into) {
  into.data_is_json = true;
  if (data.kind != json_kind::string) {
    into.data = data.raw;
    return {};
  }
  const auto inner = data.raw.substr(1, data.raw.size() - 2);
  const bool whole = append_unescaped(into.data, inner);
  const auto content = content_of(into.data);
  if (content == text_content::nested_too_deep) {
    return fault{errc::malformed_json, "\"data\" cannot be a message: " + std::string{text_too_deep}};
  }
  if (whole) {
    into.data_is_json = content == text_content::json;
  } else if (content == text_content::json) {
    into.data.clear();
    append_unescaped(into.data, inner, half_pair::escaped);
  } else {
    into.data = data.raw;
  }
  return {};
}

result<void> optional_id(const json_field& field) {
  if (!field.given()) {
    return {};
  }
  if (field.kind != json_kind::string) {
    return unfit(field, publication_id_form);
  }
  if (!is_publication_id(field.text)) {
    return fault{errc::wrong_value,
                 "\"id\" must be " + std::string{publication_id_form} + ", found " + excerpt(field.text)};
  }
  return {};
}

result<broadcast> to_broadcast(entry& from) {
  if (auto fit = require_text(from.stream); !fit) {
    return fit.error();
  }
  if (from.data.kind == json_kind::absent) {
    return unfit(from.data, "a JSON value");
  }
  if (auto fit = optional_of(from.meta, json_kind::object); !fit) {
    return fit.error();
  }
  for (const auto* field : {&from.exclude_socket, &from.broadcast_type}) {
    if (auto fit = optional_of(*field, json_kind::string); !fit) {
      return fit.error();
    }
  }
  if (auto fit = optional_of(from.transient, json_kind::boolean); !fit) {
    return fit.error();
  }
  if (auto fit = optional_id(from.id); !fit) {
    return fit.error();
  }
  broadcast made{.stream = std::move(from.stream.text),
                 .exclude_socket = std::move(from.exclude_socket.text),
                 .broadcast_type = std::move(from.broadcast_type.text),
                 .transient = from.transient.flag,
                 .id = std::move(from.id.text)};
  if (auto taken = take_data(from.data, made); !taken) {
    return taken.error();
  }
  return made;
}

result<remote_disconnect> to_command(entry& from) {
  if (from.command.kind != json_kind::string) {
    return unfit(from.command, "a string");
  }
  if (from.command.text != "disconnect") {
    return fault{errc::unknown_command, "unknown command " + excerpt(from.command.text)};
  }
  if (from.payload.kind != json_kind::object) {
    return unfit(from.payload, "an object");
  }
  if (auto fit = require_text(from.identifier); !fit) {
    return fit.error();
  }
  if (auto fit = optional_of(from.reconnect, json_kind::boolean); !fit) {
    return fit.error();
  }
  return remote_disconnect{std::move(from.identifier.text), !from.reconnect.given() || from.reconnect.flag};
}

/// Builds the publication in one pass over its text; keeps the first fault.
class publication_reader final : public json_visitor {
public:
  explicit publication_reader(std::string_view id) : id_{id} {}

  void on_value(std::size_t depth, std::string_view key, const json_value& value) override {
    if (depth == 0) {
      root_ = value.kind;
      entry_depth_ = root_ == json_kind::array ? 1 : 0;
    }
    if (depth == entry_depth_) {
      begin(value.kind);
    } else if (depth == entry_depth_ + 1 && entry_.kind == json_kind::object) {
      parent_ = put(key, value, {&entry_.stream, &entry_.data, &entry_.meta, &entry_.command, &entry_.payload});
      forget_children();
    } else if (depth == entry_depth_ + 2 && parent_ == &entry_.meta) {
      put(key, value, {&entry_.exclude_socket, &entry_.broadcast_type, &entry_.transient, &entry_.id});
    } else if (depth == entry_depth_ + 2 && parent_ == &entry_.payload) {
      put(key, value, {&entry_.identifier, &entry_.reconnect});
    }
  }

  void on_end(std::size_t depth, std::string_view raw) override {
    if (depth == entry_depth_ + 1 && parent_ == &entry_.data) {
      entry_.data.raw = raw;
    }
    if (depth == entry_depth_ && entry_.kind == json_kind::object && !fault_) {
      finish();
    }
  }

  result<publication> take() {
    if (fault_) {
      return std::move(*fault_);
    }
    if (command_) {
      return publication{std::move(*command_)};
    }
    if (broadcasts_.empty()) {
      return fault{errc::empty_value, "a batch must hold at least one publication"};
    }
    return publication{std::move(broadcasts_)};
  }

private:
  void begin(json_kind kind) {
    if (fault_) {
      return;
    }
    entry_ = entry{.kind = kind};
    if (broadcasts_.size() == max_batch) {
      fault_ = fault{errc::too_large, "a batch must hold at most " + std::to_string(max_batch) + " publications"};
    } else if (kind != json_kind::object) {
      refuse({errc::wrong_type, "a publication must be an object, found " + std::string{describe(kind)}});
    }
  }

  /// The last of equal keys counts; clears the children of an earlier one.
  void forget_children() {
    if (parent_ == &entry_.meta) {
      for (auto* child : {&entry_.exclude_socket, &entry_.broadcast_type, &entry_.transient, &entry_.id}) {
        child->take({json_kind::absent});
      }
    } else if (parent_ == &entry_.payload) {
      for (auto* child : {&entry_.identifier, &entry_.reconnect}) {
        child->take({json_kind::absent});
      }
    }
  }

  void finish() {
    const bool is_command = entry_.stream.kind == json_kind::absent && entry_.command.kind != json_kind::absent;
    if (!is_command) {
      if (auto made = to_broadcast(entry_)) {
        give_id(*made);
        broadcasts_.push_back(std::move(*made));
      } else {
        refuse(std::move(made).error());
      }
    } else if (entry_depth_ > 0) {
      refuse({errc::wrong_value, "a batch may hold broadcasts only, found a command"});
    } else if (auto made = to_command(entry_)) {
      command_ = std::move(*made);
    } else {
      refuse(std::move(made).error());
    }
  }

  /// Gives the broadcast the id of the body, unless it has its own or there is none.
  void give_id(broadcast& to) const {
    if (!to.id.empty() || id_.empty()) {
      return;
    }
    to.id = id_;
    if (entry_depth_ > 0) {
      to.id.append("#").append(std::to_string(broadcasts_.size()));
    }
  }

  void refuse(fault reason) {
    if (entry_depth_ > 0) {
      reason.detail.insert(0, "publication " + std::to_string(broadcasts_.size()) + ": ");
    }
    fault_ = std::move(reason);
  }

  std::string_view id_;  // of the body
  json_kind root_ = json_kind::absent;
  std::size_t entry_depth_ = 0;
  entry entry_;
  const json_field* parent_ = nullptr;  // the field with the current nested value
  std::vector<broadcast> broadcasts_;
  std::optional<remote_disconnect> command_;
  std::optional<fault> fault_;
};

}  // namespace

result<publication> decode_publication(std::string_view body, std::string_view id) {
  publication_reader reader{id};
  if (auto read = visit_json(body, reader); !read) {
    return read.error();
  }
  return reader.take();
}

bool is_batch(std::string_view body) noexcept {
  const auto begin = body.find_first_not_of(" \t\r\n");
  return begin != std::string_view::npos && body[begin] == '[';
}

}  // namespace ability
