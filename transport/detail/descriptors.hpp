#pragma once

#include <cstddef>

namespace tacet::transport::detail {

/// How many more descriptors this process may open.
std::size_t free_descriptors();

/// Makes room for so many more, raising this process's own limit as far as the system lets it.
/// Throws Error unsupported that names both numbers if there is not enough.
void reserve_descriptors(std::size_t needed);

/// Whether an errno says that descriptors or the memory for connections have run out here.
bool is_exhaustion(int error);

}  // namespace tacet::transport::detail
