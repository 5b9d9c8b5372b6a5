#pragma once

#include <cstdint>
#include <vector>

#include "graph/word.hpp"
#include "protocols/layout.hpp"

namespace tacet::protocols {

/// One slot times a constant mod 2^128 (to be reduced to the ring in use).
struct Weight {
  std::uint32_t slot = 0;
  u128 factor = 1;
};

/// (sum of the weighted slots of a) * (sum of the weighted slots of b).
struct ProductTerm {
  std::vector<Weight> a;
  std::vector<Weight> b;
};

/// How a party turns its slots of two shared values into its additive share of their product: the sum of the
/// terms. The sum over all parties is the product, in every Z_2^k.
using ProductForm = std::vector<ProductTerm>;

/// Every pair of shares goes to one party outside both sets, by a rule that is the same seen from every
/// party: L terms, N^2/n products of slots. Source: [BBY23], with a table for any n.
ProductForm pair_form(const Layout& layout);

/// Three terms for n = 5, the fewest among tables of 0 and 1 that are the same seen from every party.
ProductForm five_party_form();

/// ceil(log2(n+1)) terms for any n: shares are converted to Shamir's sharing over the Galois ring
/// Z_2^128[X]/(h), where party p stands at the point whose coefficients are the bits of p+1; products of
/// those are points of a polynomial of degree 2t, whose value at 0 is a fixed linear combination. Differs
/// between parties. Source: [CDI05].
ProductForm galois_form(const Layout& layout, std::uint32_t party);

/// The same form mod 2, without what vanishes there.
ProductForm reduce_mod_2(const ProductForm& form);

/// The forms an endpoint uses: elementwise products weigh additions, matrix products count terms.
struct ProductForms {
  ProductForm elementwise;
  ProductForm elementwise_bits;
  ProductForm matrix;
  ProductForm matrix_bits;
};
ProductForms choose_product_forms(const Layout& layout, std::uint32_t party);

}  // namespace tacet::protocols
