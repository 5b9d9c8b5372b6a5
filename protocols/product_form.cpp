#include "protocols/product_form.hpp"

#include <bit>
#include <optional>
#include <utility>

namespace tacet::protocols {
namespace {

Weight plus(std::uint32_t slot) {
  return {slot, 1};
}
Weight minus(std::uint32_t slot) {
  return {slot, ~u128{0}};
}

/// Z_2^128[X]/(h) with h irreducible mod 2, of the least degree d with 2^d > n: its elements whose
/// coefficients are bits differ by units.
class GaloisRing {
 public:
  using Element = std::vector<u128>;

  explicit GaloisRing(std::uint32_t n) : degree_(std::bit_width(n)) {}

  std::uint32_t degree() const { return degree_; }
  Element one() const { return monomial(0); }
  Element monomial(std::uint32_t power) const {
    Element out(degree_, 0);
    out[power] = 1;
    return out;
  }
  /// The point of a party.
  Element point(std::uint32_t party) const {
    Element out(degree_, 0);
    for (std::uint32_t i = 0; i < degree_; ++i) out[i] = ((party + 1) >> i) & 1;
    return out;
  }
  Element subtract(const Element& a, const Element& b) const {
    Element out(degree_);
    for (std::uint32_t i = 0; i < degree_; ++i) out[i] = a[i] - b[i];
    return out;
  }
  Element multiply(const Element& a, const Element& b) const {
    std::vector<u128> wide(2 * degree_ - 1, 0);
    for (std::uint32_t i = 0; i < degree_; ++i)
      for (std::uint32_t j = 0; j < degree_; ++j) wide[i + j] += a[i] * b[j];
    // X^2+X+1, X^3+X+1 and X^4+X+1 are irreducible mod 2, so X^d = -X - 1 in each.
    for (std::uint32_t i = 2 * degree_ - 2; i >= degree_; --i) {
      wide[i - degree_] -= wide[i];
      wide[i - degree_ + 1] -= wide[i];
    }
    wide.resize(degree_);
    return wide;
  }
  /// Of a unit: found mod 2 by search, then each Newton step doubles the number of correct bits.
  Element inverse(const Element& a) const {
    Element c;
    for (std::uint32_t v = 1; v < 1u << degree_; ++v) {
      c = point(v - 1);
      const Element product = multiply(a, c);
      bool is_one = true;
      for (std::uint32_t i = 0; i < degree_; ++i) is_one &= (product[i] & 1) == (i == 0 ? 1u : 0u);
      if (is_one) break;
    }
    Element two(degree_, 0);
    two[0] = 2;
    for (unsigned bits = 1; bits < 128; bits *= 2) c = multiply(c, subtract(two, multiply(a, c)));
    return c;
  }

 private:
  std::uint32_t degree_;
};

/// The first slot pair, in lexicographic order, as which some party sees the pair of shares that party 0 sees
/// as (i, j); every party outside both sets sees it.
std::pair<std::uint32_t, std::uint32_t> first_view(const Layout& layout, std::uint32_t i, std::uint32_t j) {
  const std::uint32_t a = layout.share_at(0, i);
  const std::uint32_t b = layout.share_at(0, j);
  std::pair<std::uint32_t, std::uint32_t> best{i, j};
  for (std::uint32_t p = 1; p < layout.n(); ++p) {
    if (!layout.holds(p, a) || !layout.holds(p, b)) continue;
    best = std::min(best, std::pair(*layout.slot_of(p, a), *layout.slot_of(p, b)));
  }
  return best;
}

}  // namespace

ProductForm pair_form(const Layout& layout) {
  ProductForm form;
  for (std::uint32_t i = 0; i < layout.slots(); ++i) {
    ProductTerm term{{plus(i)}, {}};
    for (std::uint32_t j = 0; j < layout.slots(); ++j)
      if (first_view(layout, i, j) == std::pair(i, j)) term.b.push_back(plus(j));
    if (!term.b.empty()) form.push_back(std::move(term));
  }
  return form;
}

ProductForm five_party_form() {
  return {
      {{plus(0), plus(2), plus(4)}, {plus(0), plus(1), plus(2), plus(3), plus(5)}},
      {{plus(1), plus(2), plus(5)}, {plus(4)}},
      {{plus(3), minus(4), plus(5)}, {plus(0), plus(2)}},
  };
}

ProductForm galois_form(const Layout& layout, std::uint32_t party) {
  const GaloisRing ring(layout.n());
  const std::uint32_t d = ring.degree();
  const auto own = ring.point(party);

  // f_T is the polynomial of degree t that is 1 at 0 and 0 at the points of T; here its value at this party's
  // point.
  std::vector<GaloisRing::Element> f;
  for (std::uint32_t slot = 0; slot < layout.slots(); ++slot) {
    auto value = ring.one();
    const std::uint32_t set = layout.set_of(layout.share_at(party, slot));
    for (std::uint32_t q = 0; q < layout.n(); ++q) {
      if (((set >> q) & 1) == 0) continue;
      const auto point = ring.point(q);
      value = ring.multiply(value, ring.multiply(ring.subtract(point, own), ring.inverse(point)));
    }
    f.push_back(std::move(value));
  }
  // The weight of this party's point in the value at 0 of a polynomial of degree 2t.
  auto lambda = ring.one();
  for (std::uint32_t q = 0; q < layout.n(); ++q) {
    if (q == party) continue;
    const auto point = ring.point(q);
    lambda = ring.multiply(lambda, ring.multiply(point, ring.inverse(ring.subtract(point, own))));
  }

  ProductForm form(d);
  for (std::uint32_t l = 0; l < d; ++l) {
    for (std::uint32_t slot = 0; slot < layout.slots(); ++slot) {
      u128 b = 0;
      for (std::uint32_t m = 0; m < d; ++m) {
        // The constant coefficient of lambda X^(l+m), the share of the product that lies in Z_2^128.
        const auto power = ring.multiply(ring.monomial(l), ring.monomial(m));
        b += ring.multiply(lambda, power)[0] * f[slot][m];
      }
      if (f[slot][l] != 0) form[l].a.push_back({slot, f[slot][l]});
      if (b != 0) form[l].b.push_back({slot, b});
    }
  }
  return form;
}

ProductForm reduce_mod_2(const ProductForm& form) {
  const auto odd = [](const std::vector<Weight>& weights) {
    std::vector<Weight> out;
    for (const Weight& w : weights)
      if ((w.factor & 1) != 0) out.push_back(plus(w.slot));
    return out;
  };
  ProductForm out;
  for (const ProductTerm& term : form) {
    ProductTerm reduced{odd(term.a), odd(term.b)};
    if (!reduced.a.empty() && !reduced.b.empty()) out.push_back(std::move(reduced));
  }
  return out;
}

ProductForms choose_product_forms(const Layout& layout, std::uint32_t party) {
  ProductForms forms;
  if (layout.n() <= 5) {
    forms.elementwise = forms.matrix = layout.n() == 3 ? pair_form(layout) : five_party_form();
    forms.elementwise_bits = forms.matrix_bits = reduce_mod_2(forms.matrix);
    return forms;
  }
  forms.matrix = galois_form(layout, party);
  forms.matrix_bits = forms.elementwise_bits = reduce_mod_2(forms.matrix);
  // Additions without multiplications win for n = 7; beyond, the table of pairs grows as N^2/n.
  forms.elementwise = layout.n() == 7 ? pair_form(layout) : forms.matrix;
  return forms;
}

}  // namespace tacet::protocols
