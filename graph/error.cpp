#include "graph/error.hpp"

#include <cstdio>
#include <cstdlib>

namespace tacet {

std::string_view to_string(Errc code) {
  switch (code) {
    case Errc::shape_mismatch:
      return "shape mismatch";
    case Errc::type_mismatch:
      return "type mismatch";
    case Errc::bad_width:
      return "bad ring width";
    case Errc::bad_argument:
      return "bad argument";
    case Errc::unknown_name:
      return "unknown name";
    case Errc::missing_input:
      return "missing input";
    case Errc::value_out_of_range:
      return "value out of range";
    case Errc::unsupported:
      return "unsupported";
    case Errc::bad_file:
      return "bad file";
    case Errc::bad_config:
      return "bad configuration";
    case Errc::bad_certificate:
      return "bad certificate";
    case Errc::address_in_use:
      return "address in use";
    case Errc::not_written:
      return "not written";
    case Errc::aborted:
      return "aborted";
  }
  return "unknown error";
}

void assertion_failed(const char* what, const char* file, int line) {
  std::fprintf(stderr, "tacet: internal error: %s does not hold (%s:%d)\n", what, file, line);
  std::abort();
}

}  // namespace tacet
