// A job as long as a test needs it: one vector multiplied by another again and again.
#include <tacet/tacet.hpp>

namespace {

void build(tacet::Builder& b, const tacet::Params& params) {
  using namespace tacet;
  const Shape shape{params["size"]};
  Value x = b.input("x", b.client("alice"), ring(64), shape);
  const Value factor = b.input("factor", Builder::party(0), ring(64));
  for (std::int64_t i = 0; i < params["depth"]; ++i) x = x * factor + 1;
  b.output("result", x, b.client("bob"));
}

}  // namespace

int main(int argc, char** argv) {
  tacet::Program program("long_chain", "x times a factor plus one, again and again");
  program.dimension("size", "x", 0, "elements").parameter("depth", 10, "multiplications", tacet::kExtents);
  return program.main(argc, argv, build);
}
