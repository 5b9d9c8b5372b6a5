#include <boost/test/unit_test.hpp>

#include <cstring>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "protocols/aes.hpp"
#include "protocols/crypto.hpp"
#include "tests/targets.hpp"

using namespace tacet;
using namespace tacet::protocols;

namespace {

std::vector<std::byte> hex(std::string_view text) {
  std::vector<std::byte> out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    out.push_back(static_cast<std::byte>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16)));
  return out;
}

bool hashes_to(std::string_view message, std::string_view digest) {
  const Digest got = sha256(std::as_bytes(std::span(message)));
  return std::vector<std::byte>(got.begin(), got.end()) == hex(digest);
}

std::vector<std::byte> block_of(std::uint64_t low, std::uint64_t high) {
  std::vector<std::byte> out(16);
  std::memcpy(out.data(), &low, 8);
  std::memcpy(out.data() + 8, &high, 8);
  return out;
}

std::vector<std::byte> encrypted(const Aes128& aes, const std::vector<std::byte>& block) {
  Aes128::Block counter;
  std::memcpy(&counter, block.data(), 16);
  std::vector<std::byte> out(16);
  aes.encrypt_counted(counter, 0, out);
  return out;
}

void test_known_answers() {
  // FIPS 197, appendix C.1, and the block of appendix B.
  const char* vectors[][3] = {{"000102030405060708090a0b0c0d0e0f", "00112233445566778899aabbccddeeff",
                               "69c4e0d86a7b0430d8cdb78070b4c55a"},
                              {"2b7e151628aed2a6abf7158809cf4f3c", "3243f6a8885a308d313198a2e0370734",
                               "3925841d02dc09fbdc118597196a0b32"}};
  for (const auto& [key, plain, cipher] : vectors) {
    const auto bytes = hex(key);
    const Aes128 aes{Key{std::span{bytes}.first<16>()}};
    BOOST_TEST((encrypted(aes, hex(plain)) == hex(cipher)));
  }
}

void test_counted_blocks() {
  const Key key = Key::random();
  const Aes128 aes(key);
  for (const std::size_t blocks : {0, 1, 2, 7, 8, 15, 16, 17, 31, 32, 33, 64, 100})
    for (const std::uint64_t step : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1} << 24}) {
      std::vector<std::byte> got(16 * blocks + 1, std::byte{42});
      const Aes128::Block first{0x0123456789abcdef, 0xfffffffffffffff0};
      aes.encrypt_counted(first, step, std::span(got).first(16 * blocks));
      std::vector<std::byte> expected;
      for (std::size_t i = 0; i < blocks; ++i) {
        const auto one = block_of(first.low, first.high + i * step);
        expected.insert(expected.end(), one.begin(), one.end());
      }
      aes128_encrypt(key, expected);
      expected.push_back(std::byte{42});
      BOOST_TEST((got == expected));
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(crypto)

BOOST_AUTO_TEST_CASE(aes_128_of_fips_197) {
  test::for_each_target(test_known_answers);
}

BOOST_AUTO_TEST_CASE(counted_blocks_are_what_openssl_makes_of_them) {
  test::for_each_target(test_counted_blocks);
}

BOOST_AUTO_TEST_CASE(counter_mode_of_the_library_begins_at_zero_and_goes_on) {
  const Key key = Key::random();
  std::vector<std::byte> stream(48), blocks;
  LibraryCounterMode cipher(key);
  cipher.add(std::span(stream).first(20));
  cipher.add(std::span(stream).subspan(20));
  for (std::uint64_t i = 0; i < 3; ++i) {  // the counter is big-endian
    const auto block = block_of(0, i << 56);
    blocks.insert(blocks.end(), block.begin(), block.end());
  }
  aes128_encrypt(key, blocks);
  BOOST_TEST((stream == blocks));
}

BOOST_AUTO_TEST_CASE(the_instructions_in_use_have_a_name) {
  std::set<std::string> names;
  test::for_each_target([&] { names.emplace(aes_instructions()); });
  BOOST_TEST(names.size() > 1);
  BOOST_TEST(!names.contains("Unknown"));
}

BOOST_AUTO_TEST_CASE(sha_256_of_fips_180) {
  // NIST, Cryptographic Standards and Guidelines, examples with intermediate values for FIPS 180-4; and the
  // empty message.
  BOOST_TEST(hashes_to("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
  BOOST_TEST(hashes_to("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"));
  BOOST_TEST(hashes_to("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
}

BOOST_AUTO_TEST_CASE(pieces_hash_as_the_whole) {
  const std::string_view text = "abcdbcdecdefdefg";
  const auto bytes = std::as_bytes(std::span(text));
  Sha256 hash;
  hash.update(bytes.first(5)).update({}).update(bytes.subspan(5));
  BOOST_TEST((hash.finish() == sha256(bytes)));
}

BOOST_AUTO_TEST_CASE(random_bytes_differ) {
  std::vector<std::byte> a(32), b(32);
  random_bytes(a);
  random_bytes(b);
  BOOST_TEST((a != b));
  random_bytes({});
}

BOOST_AUTO_TEST_CASE(wiping_clears) {
  std::vector<std::byte> a(32, std::byte{1});
  wipe(a);
  BOOST_TEST((a == std::vector<std::byte>(32)));
}

BOOST_AUTO_TEST_SUITE_END()
