// One party knows each person's category, another each person's value. Both learn the total and the number of
// people in every category; neither learns who is in which, or what anyone's value is.
#include <tacet/tacet.hpp>

namespace {

void build(tacet::Builder& b, const tacet::Params& params) {
  using namespace tacet;
  const Role first = Builder::party(0), second = Builder::party(1);
  const std::int64_t people = params["people"], categories = params["categories"];

  // A category is a row with a single 1, so that "add the value to its category" is a product with no branch.
  const Value category = b.input("category", first, ring(64), {people, categories}, range(0, 1));
  const Value value = b.input("value", second, ring(64), {people}, any_signed());

  b.output("totals", matmul(transpose(category), value), {first, second});
  b.output("counts", sum(category, 0), {first, second});
}

}  // namespace

int main(int argc, char** argv) {
  tacet::Program program("crosstabs",
                         "totals and counts by category, from one party's categories and another's values");
  program.dimension("people", "category", 0, "rows of both tables, in the same order of people")
      .dimension("categories", "category", 1, "columns of the category table, one of which is 1 in each row",
                 {1, tacet::kExtents.most})
      .note(
          "Row i belongs to category i. A category of one person shows that person's value: merge small ones "
          "first.");
  return program.main(argc, argv, build);
}
