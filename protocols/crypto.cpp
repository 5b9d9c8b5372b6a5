#include "protocols/crypto.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <climits>

#include "graph/error.hpp"

namespace tacet::protocols {
namespace {

unsigned char* raw(std::byte* p) {
  return reinterpret_cast<unsigned char*>(p);
}
const unsigned char* raw(const std::byte* p) {
  return reinterpret_cast<const unsigned char*>(p);
}

}  // namespace

void wipe(std::span<std::byte> bytes) {
  OPENSSL_cleanse(bytes.data(), bytes.size());
}

void random_bytes(std::span<std::byte> out) {
  TACET_ASSERT(out.size() <= INT_MAX);
  TACET_ASSERT(RAND_priv_bytes(raw(out.data()), static_cast<int>(out.size())) == 1);
}

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  TACET_ASSERT(state_->context != nullptr);
  TACET_ASSERT(EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr) == 1);
}

Sha256::~Sha256() = default;

Sha256& Sha256::update(std::span<const std::byte> bytes) {
  TACET_ASSERT(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
  return *this;
}

Digest Sha256::finish() {
  Digest out;
  unsigned size = 0;
  TACET_ASSERT(EVP_DigestFinal_ex(state_->context, raw(out.data()), &size) == 1 && size == out.size());
  return out;
}

Digest sha256(std::span<const std::byte> bytes) {
  return Sha256().update(bytes).finish();
}

Key::Key(std::span<const std::byte, kBytes> bytes) {
  std::copy(bytes.begin(), bytes.end(), bytes_.begin());
}

Key Key::random() {
  Key key;
  random_bytes(key.bytes_);
  return key;
}

void aes128_encrypt(const Key& key, std::span<std::byte> blocks) {
  TACET_ASSERT(blocks.size() % 16 == 0 && blocks.size() <= INT_MAX);
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(),
                                                                                EVP_CIPHER_CTX_free);
  TACET_ASSERT(context != nullptr);
  TACET_ASSERT(
      EVP_EncryptInit_ex(context.get(), EVP_aes_128_ecb(), nullptr, raw(key.bytes().data()), nullptr) == 1);
  TACET_ASSERT(EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1);
  int written = 0;
  const int size = static_cast<int>(blocks.size());
  TACET_ASSERT(EVP_EncryptUpdate(context.get(), raw(blocks.data()), &written, raw(blocks.data()), size) == 1);
  TACET_ASSERT(written == size);
}

struct LibraryCounterMode::State {
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  ~State() { EVP_CIPHER_CTX_free(context); }
};

LibraryCounterMode::LibraryCounterMode(const Key& key) : state_(std::make_unique<State>()) {
  constexpr unsigned char kFirst[16] = {};
  TACET_ASSERT(state_->context != nullptr);
  TACET_ASSERT(
      EVP_EncryptInit_ex(state_->context, EVP_aes_128_ctr(), nullptr, raw(key.bytes().data()), kFirst) == 1);
}

LibraryCounterMode::~LibraryCounterMode() = default;

void LibraryCounterMode::add(std::span<std::byte> bytes) {
  TACET_ASSERT(bytes.size() <= INT_MAX);
  int written = 0;
  const int size = static_cast<int>(bytes.size());
  TACET_ASSERT(EVP_EncryptUpdate(state_->context, raw(bytes.data()), &written, raw(bytes.data()), size) == 1);
  TACET_ASSERT(written == size);
}

}  // namespace tacet::protocols
