#include "apps/infer/flatbuffer.hpp"

#include <algorithm>

#include "apps/io/number.hpp"
#include "graph/error.hpp"

namespace tacet::apps {

void FlatFile::fail(std::size_t at, const std::string& expected) const {
  throw Error(Errc::bad_file, name_ + ": byte " + std::to_string(at) + ": expected " + expected +
                                  "; the file has " + std::to_string(bytes_.size()) + " bytes");
}

void FlatFile::need(std::size_t at, std::size_t count, const char* what) const {
  if (at > bytes_.size() || count > bytes_.size() - at)
    fail(at, std::string(what) + " of " + std::to_string(count) + " bytes");
}

std::size_t FlatFile::follow(std::size_t at, const char* what) const {
  const std::uint64_t offset = load<std::uint32_t>(at);
  if (offset == 0 || offset >= bytes_.size() - at)
    fail(at, "the offset of " + std::string(what) + " inside the file");
  return at + static_cast<std::size_t>(offset);
}

FlatFile::Vector FlatFile::vector(std::size_t at, std::size_t item_bytes, const char* what) const {
  const std::size_t begin = follow(at, what);
  const std::size_t count = load<std::uint32_t>(begin);
  if (count > (bytes_.size() - begin - 4) / item_bytes)
    fail(begin, std::string(what) + " inside the file, not of " + std::to_string(count) + " items");
  return {begin + 4, count};
}

void FlatFile::charge(std::size_t at, std::size_t count) const {
  constexpr std::size_t kCopies = 4;  // some writers share equal vectors
  copied_ += count;
  if (copied_ > kCopies * bytes_.size())
    fail(at, "data of its own, not the same bytes more than " + std::to_string(kCopies) + " times");
}

FlatTable FlatFile::root(std::string_view identifier) const {
  if (bytes_.size() < 8 || bytes_.substr(4, 4) != identifier) fail(4, "the identifier " + quoted(identifier));
  return FlatTable(*this, follow(0, "the root table"));
}

FlatTable::FlatTable(const FlatFile& file, std::size_t at) : file_(&file), at_(at) {
  const std::int64_t distance = file.load<std::int32_t>(at);
  const std::int64_t vtable = static_cast<std::int64_t>(at) - distance;
  if (vtable < 0 || static_cast<std::uint64_t>(vtable) >= file.bytes_.size())
    file.fail(at, "the offset of a vtable inside the file");
  vtable_ = static_cast<std::size_t>(vtable);
  vtable_bytes_ = file.load<std::uint16_t>(vtable_);
  if (vtable_bytes_ < 4 || vtable_bytes_ % 2 != 0)
    file.fail(vtable_, "the size of a vtable, an even number from 4");
  file.need(vtable_, vtable_bytes_, "a vtable");
  table_bytes_ = file.load<std::uint16_t>(vtable_ + 2);
  if (table_bytes_ < 4) file.fail(vtable_ + 2, "the size of a table, at least 4");
  file.need(at_, table_bytes_, "a table");
}

std::size_t FlatTable::find(unsigned field, std::size_t bytes) const {
  const std::size_t entry = 4 + 2 * std::size_t{field};
  if (entry + 2 > vtable_bytes_) return 0;
  const std::size_t offset = file_->load<std::uint16_t>(vtable_ + entry);
  if (offset == 0) return 0;
  if (offset < 4 || offset + bytes > table_bytes_)
    file_->fail(vtable_ + entry,
                "the place of a field in a table of " + std::to_string(table_bytes_) + " bytes");
  return at_ + offset;
}

std::optional<FlatTable> FlatTable::table(unsigned field) const {
  const std::size_t at = find(field, kOffsetBytes);
  if (at == 0) return std::nullopt;
  return FlatTable(*file_, file_->follow(at, "a table"));
}

std::string_view FlatTable::bytes(unsigned field) const {
  const std::size_t at = find(field, kOffsetBytes);
  if (at == 0) return {};
  const FlatFile::Vector vector = file_->vector(at, 1, "a vector of bytes");
  return file_->bytes_.substr(vector.begin, vector.count);
}

std::string_view FlatTable::string(unsigned field) const {
  const std::string_view text = bytes(field);
  file_->charge(at_, text.size());  // whoever asks for a name keeps it
  return text;
}

std::vector<FlatTable> FlatTable::tables(unsigned field) const {
  const std::size_t at = find(field, kOffsetBytes);
  if (at == 0) return {};
  const FlatFile::Vector vector = file_->vector(at, kOffsetBytes, "a vector of tables");
  file_->charge(at, vector.count * kOffsetBytes);
  std::vector<FlatTable> out;
  out.reserve(vector.count);
  for (std::size_t i = 0; i < vector.count; ++i)
    out.push_back(FlatTable(*file_, file_->follow(vector.begin + i * kOffsetBytes, "a table")));
  return out;
}

}  // namespace tacet::apps
