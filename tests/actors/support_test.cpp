#include "support.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdlib>

namespace tacet::actors::testing {
namespace {

const char* environment(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr || *text == '\0' ? nullptr : text;
}

/// Prints the seed and gives it to RapidCheck before it is first used.
struct Seeded {
  Seeded() {
    BOOST_TEST_MESSAGE("TACET_TEST_SEED=" << seed());
    setenv("RC_PARAMS",
           ("seed=" + std::to_string(seed()) + " max_success=" + std::to_string(cases(250))).c_str(),
           /*overwrite=*/0);
  }
};

}  // namespace

std::uint64_t seed() {
  static const std::uint64_t value = [] {
    const char* text = environment("TACET_TEST_SEED");
    return text != nullptr ? std::strtoull(text, nullptr, 0) : std::uint64_t{std::random_device{}()};
  }();
  return value;
}

std::mt19937_64 generator(std::string_view test) {
  std::seed_seq sequence{seed() & 0xFFFFFFFF, seed() >> 32,
                         std::uint64_t{std::hash<std::string_view>{}(test)} & 0xFFFFFFFF};
  return std::mt19937_64(sequence);
}

std::size_t cases(std::size_t by_default) {
  const char* text = environment("TACET_TEST_FACTOR");
  return text != nullptr
             ? static_cast<std::size_t>(static_cast<double>(by_default) * std::strtod(text, nullptr))
             : by_default;
}

}  // namespace tacet::actors::testing

using Seeded = tacet::actors::testing::Seeded;
BOOST_TEST_GLOBAL_FIXTURE(Seeded);
