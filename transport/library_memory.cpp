#include "transport/library_memory.hpp"

#include <openssl/crypto.h>

#include <atomic>
#include <cstdlib>

namespace tacet::transport {

namespace {

std::atomic<bool> failed{false};

void* noted(void* memory, std::size_t bytes) {
  if (memory == nullptr && bytes != 0) failed.store(true, std::memory_order_relaxed);
  return memory;
}

void* take(std::size_t bytes, const char*, int) {
  return noted(std::malloc(bytes), bytes);
}

void* resize(void* memory, std::size_t bytes, const char*, int) {
  return noted(std::realloc(memory, bytes), bytes);
}

void give(void* memory, const char*, int) {
  std::free(memory);
}

}  // namespace

void watch_library_memory() {
  static_cast<void>(CRYPTO_set_mem_functions(take, resize, give));
}

bool starved() {
  return failed.load(std::memory_order_relaxed);
}

}  // namespace tacet::transport
