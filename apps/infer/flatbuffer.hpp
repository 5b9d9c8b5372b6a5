#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace tacet::apps {

class FlatTable;

/// The bytes of a FlatBuffers file, of which nothing is believed: every offset and length is checked against
/// the bytes there are, and everything read this way fails with Errc::bad_file naming the file, the byte and
/// what was expected there. The bytes must outlive the file and its tables.
class FlatFile {
 public:
  FlatFile(std::string_view bytes, std::string name) : bytes_(bytes), name_(std::move(name)) {}
  FlatFile(const FlatFile&) = delete;
  FlatFile& operator=(const FlatFile&) = delete;

  /// The table everything starts from, in a file whose bytes 4 to 7 are `identifier`.
  FlatTable root(std::string_view identifier) const;

  const std::string& name() const { return name_; }

  /// The little-endian number at a byte.
  template <class T>
  T load(std::size_t at) const {
    need(at, sizeof(T), "a number");
    std::uint64_t word = 0;
    for (std::size_t i = sizeof(T); i-- > 0;) word = word << 8 | static_cast<unsigned char>(bytes_[at + i]);
    if constexpr (std::is_same_v<T, float>)
      return std::bit_cast<float>(static_cast<std::uint32_t>(word));
    else
      return static_cast<T>(word);
  }

 private:
  friend class FlatTable;

  struct Vector {
    std::size_t begin = 0;  ///< where its items start
    std::size_t count = 0;
  };

  [[noreturn]] void fail(std::size_t at, const std::string& expected) const;
  /// Fails unless `count` bytes begin at `at`.
  void need(std::size_t at, std::size_t count, const char* what) const;
  /// Where the offset stored at `at` leads to.
  std::size_t follow(std::size_t at, const char* what) const;
  /// The vector which the offset stored at `at` leads to.
  Vector vector(std::size_t at, std::size_t item_bytes, const char* what) const;
  /// A proper file holds what it has once. One that refers to the same bytes over and over, to become larger
  /// in memory than it is on disk, is refused here.
  void charge(std::size_t at, std::size_t count) const;

  std::string_view bytes_;
  std::string name_;
  mutable std::size_t copied_ = 0;
};

/// Some fields, each found by its number in the schema; those that are not there have defaults.
class FlatTable {
 public:
  bool has(unsigned field) const { return find(field, 1) != 0; }

  template <class T>
  T scalar(unsigned field, T absent) const {
    const std::size_t at = find(field, sizeof(T));
    return at == 0 ? absent : file_->load<T>(at);
  }

  std::optional<FlatTable> table(unsigned field) const;
  /// Empty if absent, as are the vectors.
  std::string_view string(unsigned field) const;
  std::string_view bytes(unsigned field) const;
  std::vector<FlatTable> tables(unsigned field) const;

  template <class T>
  std::vector<T> scalars(unsigned field) const {
    const std::size_t at = find(field, kOffsetBytes);
    if (at == 0) return {};
    const FlatFile::Vector vector = file_->vector(at, sizeof(T), "a vector of numbers");
    file_->charge(at, vector.count * sizeof(T));
    std::vector<T> out(vector.count);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = file_->load<T>(vector.begin + i * sizeof(T));
    return out;
  }

 private:
  friend class FlatFile;
  static constexpr std::size_t kOffsetBytes = 4;

  /// Checks the table at a byte and its vtable.
  FlatTable(const FlatFile& file, std::size_t at);
  /// Where a field of that many bytes stands, 0 if it is absent.
  std::size_t find(unsigned field, std::size_t bytes) const;

  const FlatFile* file_;
  std::size_t at_;
  std::size_t table_bytes_;
  std::size_t vtable_;
  std::size_t vtable_bytes_;
};

}  // namespace tacet::apps
