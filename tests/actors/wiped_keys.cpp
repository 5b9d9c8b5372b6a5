// Runs a session over TLS and then looks through all memory of the process for what its keys were made of,
// and for the keys. Ends with 0 if nothing is found, with 1 and what it was if something is. With the
// argument `leak` it keeps a copy of its own, which must be found. The test that starts it is
// tests/processes/wiped_keys_test.cpp.

#include <dlfcn.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "actors/embedded.hpp"
#include "graph/builder.hpp"
#include "protocols/crypto.hpp"
#include "protocols/plan_digest.hpp"

namespace {

constexpr std::size_t kBytes = 16;
/// What is remembered is remembered changed, so that it is not found where it is remembered.
constexpr unsigned char kDisguise = 0x5c;

struct Secret {
  std::array<unsigned char, kBytes> disguised;
  const char* kind;
};
std::mutex mutex;
std::vector<Secret> secrets;
std::set<EVP_MD_CTX*> key_hashes;

void remember(const unsigned char* bytes, const char* kind) {
  Secret s{{}, kind};
  for (std::size_t i = 0; i < kBytes; ++i) s.disguised[i] = bytes[i] ^ kDisguise;
  const std::lock_guard lock(mutex);
  secrets.push_back(s);
}

template <class F>
F* original(const char* name) {
  return reinterpret_cast<F*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

// The project's calls of these come here first: contributions are drawn by the first, and keys are hashes of
// what begins with a label that ends in "key".
extern "C" int RAND_priv_bytes(unsigned char* out, int size) {
  const int done = original<int(unsigned char*, int)>("RAND_priv_bytes")(out, size);
  if (size == kBytes) remember(out, "contribution");
  return done;
}

extern "C" int EVP_DigestUpdate(EVP_MD_CTX* context, const void* data, std::size_t size) {
  const std::string_view text(static_cast<const char*>(data), size);
  if (text.starts_with("tacet ") && text.ends_with(" key")) {
    const std::lock_guard lock(mutex);
    key_hashes.insert(context);
  }
  return original<int(EVP_MD_CTX*, const void*, std::size_t)>("EVP_DigestUpdate")(context, data, size);
}

extern "C" int EVP_DigestFinal_ex(EVP_MD_CTX* context, unsigned char* out, unsigned* size) {
  const int done =
      original<int(EVP_MD_CTX*, unsigned char*, unsigned*)>("EVP_DigestFinal_ex")(context, out, size);
  bool is_key = false;
  {
    const std::lock_guard lock(mutex);
    is_key = key_hashes.erase(context) != 0;
  }
  if (is_key) remember(out, "key");
  return done;
}

namespace {

using namespace tacet;

void run_session() {
  Builder b;
  const Role alice = b.client("alice");
  const Value x = b.input("x", alice, ring(64), {1000}),
              y = b.input("y", Builder::party(1), ring(64), {1000});
  b.output("z", x * y, b.client("bob"));
  const auto plan = std::make_shared<const Plan>(make_plan(b.graph(), {Scheme::rss, 3, 2}));
  const std::map<std::string, Tensor> inputs{{"x", Tensor(ring(64), {1000})},
                                             {"y", Tensor(ring(64), {1000})}};
  for (const actors::JobResult& r : actors::run_embedded(plan, protocols::plan_digest(*plan), inputs, {}))
    TACET_ASSERT(!r.abort);
}

/// How often each kind of secret lies in memory that can be written.
std::map<std::string, int> look() {
  constexpr std::size_t kPiece = std::size_t{1} << 20;
  // By their first bytes: few of all addresses are looked at closer.
  std::multimap<std::uint64_t, const Secret*> by_word;
  std::vector<bool> may(1 << 16);
  for (const Secret& s : secrets) {
    std::uint64_t word = 0;
    std::memcpy(&word, s.disguised.data(), sizeof word);
    by_word.emplace(word, &s);
    may[word & 0xffff] = true;
  }
  std::uint64_t disguise = 0;
  std::memset(&disguise, kDisguise, sizeof disguise);
  std::map<std::string, int> found;
  const int memory = ::open("/proc/self/mem", O_RDONLY);
  TACET_ASSERT(memory >= 0);
  std::vector<unsigned char> piece(kPiece + kBytes);
  const auto own = reinterpret_cast<std::uint64_t>(piece.data());
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    unsigned long long begin = 0, end = 0;
    char mode[5] = {};
    if (std::sscanf(line.c_str(), "%llx-%llx %4s", &begin, &end, mode) != 3 || mode[1] != 'w') continue;
    for (std::uint64_t at = begin; at < end; at += kPiece) {
      const std::size_t want = std::min<std::uint64_t>(piece.size(), end - at);
      const ssize_t got = ::pread(memory, piece.data(), want, static_cast<off_t>(at));
      for (ssize_t i = 0; i + static_cast<ssize_t>(kBytes) <= got; ++i) {
        std::uint64_t word = 0;
        std::memcpy(&word, piece.data() + i, sizeof word);
        word ^= disguise;
        const std::uint64_t address = at + static_cast<std::uint64_t>(i);
        if (!may[word & 0xffff] || (address + kBytes > own && address < own + piece.size())) continue;
        const auto [first, last] = by_word.equal_range(word);
        for (auto s = first; s != last; ++s) {
          bool same = true;
          for (std::size_t j = 0; j < kBytes; ++j)
            same = same && (piece[static_cast<std::size_t>(i) + j] ^ kDisguise) == s->second->disguised[j];
          if (!same) continue;
          ++found[s->second->kind];
          std::printf("a %s at %llx, in %s\n", s->second->kind, static_cast<unsigned long long>(address),
                      line.c_str());
        }
      }
    }
  }
  ::close(memory);
  return found;
}

}  // namespace

int main(int argc, char**) {
  run_session();
  [[maybe_unused]] static unsigned char volatile kept[kBytes];
  if (argc > 1)
    for (std::size_t i = 0; i < kBytes; ++i) kept[i] = secrets.front().disguised[i] ^ kDisguise;
  std::map<std::string, int> known;
  for (const Secret& s : secrets) ++known[s.kind];
  const auto found = look();
  std::printf("%d contributions and %d keys looked for\n", known["contribution"], known["key"]);
  return found.empty() ? 0 : 1;
}
