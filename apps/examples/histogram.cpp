// Three parties hold a category code for each of their customers. All learn how many customers each category
// has; nobody learns whose customers they are.
#include <tacet/tacet.hpp>

namespace {

constexpr std::uint32_t kOwners = 3;

void build(tacet::Builder& b, const tacet::Params& params) {
  using namespace tacet;
  const std::int64_t bins = params["bins"];
  std::vector<Role> all;
  std::vector<Value> codes;
  for (std::uint32_t p = 0; p < kOwners; ++p) {
    const std::string number = std::to_string(p);
    all.push_back(Builder::party(p));
    codes.push_back(
        b.input("codes" + number, all[p], ring(16), {params["rows" + number]}, range(0, bins - 1)));
  }
  b.output("counts", histogram(concat(codes, 0), bins), all);
}

}  // namespace

int main(int argc, char** argv) {
  tacet::Program program("histogram", "how often each category occurs in three parties' data");
  program.parameter("bins", 5, "categories, whose codes are 0 to one less", {1, 1 << 16});
  for (std::uint32_t p = 0; p < kOwners; ++p)
    program.dimension("rows" + std::to_string(p), "codes" + std::to_string(p), 0,
                      "codes of party " + std::to_string(p));
  return program.main(argc, argv, build);
}
