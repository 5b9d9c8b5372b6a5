#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace tacet {

/// What went wrong, for programs; the message says it for people.
enum class Errc {
  shape_mismatch,
  type_mismatch,
  bad_width,
  bad_argument,
  unknown_name,
  missing_input,
  value_out_of_range,
  unsupported,
  bad_file,
  bad_config,
  bad_certificate,
  address_in_use,
  not_written,  ///< what was computed could not be written where it was asked for
  aborted,
};

std::string_view to_string(Errc code);

/// A user's mistake (program, configuration, file), thrown before a secret moves. The message names the
/// thing, the place and what was expected.
class Error : public std::runtime_error {
 public:
  Error(Errc code, const std::string& message) : std::runtime_error(message), code_(code) {}
  Errc code() const { return code_; }

 private:
  Errc code_;
};

/// A condition at run time that is nobody's programming mistake: a peer left, a wait passed its deadline.
struct Fault {
  enum class Kind {
    closed,     ///< the peer closed the connection or its process ended
    timeout,    ///< a wait passed its deadline
    refused,    ///< the peer, or we, refused the handshake
    malformed,  ///< bytes that no correct peer sends
    io,         ///< the operating system reported an error
    cancelled,  ///< this side stopped waiting on purpose
  };
  Kind kind;
  std::string detail;
};

/// A value or the fault that came instead.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Fault fault) : state_(std::in_place_index<1>, std::move(fault)) {}
  explicit operator bool() const { return state_.index() == 0; }
  T& operator*() { return std::get<0>(state_); }
  T* operator->() { return &std::get<0>(state_); }
  const Fault& fault() const { return std::get<1>(state_); }

 private:
  std::variant<T, Fault> state_;
};

/// Nothing, or the fault.
using Status = std::optional<Fault>;

/// A broken promise of this code, not of its user. Stays on in release; never prints a secret.
[[noreturn]] void assertion_failed(const char* what, const char* file, int line);

#define TACET_ASSERT(condition) \
  ((condition) ? static_cast<void>(0) : ::tacet::assertion_failed(#condition, __FILE__, __LINE__))

}  // namespace tacet
