// Two parties learn the inner product of their vectors, and nothing else about them.
#include <tacet/tacet.hpp>

namespace {

void build(tacet::Builder& b, const tacet::Params& params) {
  using namespace tacet;
  const Role first = Builder::party(0), second = Builder::party(1);
  const Shape shape{params["length"]};
  const Value x = b.input("x", first, ring(64), shape, any_signed());
  const Value y = b.input("y", second, ring(64), shape, any_signed());
  // One round and one element per party, however long the vectors are: products are summed before they are
  // sent.
  b.output("product", dot(x, y), {first, second});
}

}  // namespace

int main(int argc, char** argv) {
  tacet::Program program("inner_product", "inner product of two parties' private vectors");
  program.dimension("length", "x", 0, "elements of each vector");
  return program.main(argc, argv, build);
}
