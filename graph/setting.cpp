#include "graph/setting.hpp"

#include <string>

namespace tacet {

std::string_view to_string(Scheme scheme) {
  return scheme == Scheme::rss ? "rss" : "plain";
}

std::string_view warning_of(Scheme scheme) {
  return scheme == Scheme::plain ? "NOTHING IS PROTECTED: with scheme plain every party sees every value"
                                 : "";
}

std::uint32_t Setting::components() const {
  std::uint64_t c = 1;
  for (std::uint32_t i = 0; i < t(); ++i) c = c * (n - 1 - i) / (i + 1);
  return static_cast<std::uint32_t>(c);
}

void check_setting(const Setting& setting) {
  const std::string got = std::to_string(setting.n) + (setting.n == 1 ? " party: " : " parties: ");
  if (setting.n < 3 || setting.n % 2 == 0)
    throw Error(Errc::unsupported, got + "an honest majority of n = 2t+1 needs an odd number of at least 3");
  if (setting.n > kMaxParties) {
    double shares = 1;
    for (std::uint32_t i = 0; i < setting.t(); ++i) shares = shares * (setting.n - 1 - i) / (i + 1);
    throw Error(
        Errc::unsupported,
        got + "replicated sharing would give each party C(" + std::to_string(setting.n - 1) + "," +
            std::to_string(setting.t()) + ") = " +
            (shares < 1e9 ? std::to_string(static_cast<unsigned long long>(shares)) : "over a billion") +
            " components per value; at most " + std::to_string(kMaxParties) +
            " parties (924 components) are supported");
  }
}

}  // namespace tacet
