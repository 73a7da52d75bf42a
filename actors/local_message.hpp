/// The mark of messages that stay in the process.
#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
#include <type_traits>

/// A struct with the member `using local_message = void;` can be sent between the actors of one process. It may hold
/// handles and shared buffers, since it has no form on a wire: nodes exchange records of a separate format.
template <class T>
requires requires { typename T::local_message; }
struct caf::allowed_unsafe_message_type<T> : std::true_type {};
