// Three companies learn the median of all their salaries together, and nothing else about them.
#include <tacet/tacet.hpp>

namespace {

constexpr std::uint32_t kOwners = 3;

void build(tacet::Builder& b, const tacet::Params& params) {
  using namespace tacet;
  std::vector<Role> all;
  std::vector<Value> parts;
  for (std::uint32_t p = 0; p < kOwners; ++p) {
    const std::string number = std::to_string(p);
    all.push_back(Builder::party(p));
    parts.push_back(
        b.input("salaries" + number, all[p], ring(32), {params["rows" + number]}, range(0, (1 << 30) - 1)));
  }
  const Value sorted = sort(concat(parts, 0));
  const std::int64_t count = sorted.shape()[0];
  // The mean of the two in the middle, which of an odd number are one: their sum with one bit behind the
  // point.
  b.output("median", at(sorted, 0, (count - 1) / 2) + at(sorted, 0, count / 2), all,
           {.is_signed = true, .frac_bits = 1});
}

}  // namespace

int main(int argc, char** argv) {
  tacet::Program program("median_salary", "the median of three companies' salaries");
  for (std::uint32_t p = 0; p < kOwners; ++p)
    program.dimension("rows" + std::to_string(p), "salaries" + std::to_string(p), 0,
                      "salaries of party " + std::to_string(p));
  program.note("Salaries are whole numbers from 0 to below 2^30.");
  return program.main(argc, argv, build);
}
