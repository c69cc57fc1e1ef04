// Files that are read or written as a whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace postern::files {

/// Who may read a file that was not there before.
enum class Access : std::uint8_t {
  usual,  ///< as the umask has it
  owner,  ///< its owner alone, also where an older one was open to others
};

/// Puts `document` in the place of the file: first beside it, synced to disk, then renamed, and the
/// rename synced too. A crash at any point, or a full disk, leaves the file as it was. Follows
/// links, so that the file that is meant is replaced and not the link; keeps the mode of a file
/// that was there. What is no regular file (a FIFO, a terminal, /dev/stdout) is written to in
/// place. Errors: a folder that is not there or not writable, no room, a path that is a folder.
Result<void> write_whole(const std::string& path, std::string_view document,
                         Access access = Access::usual);

/// Takes away what killed writers left beside the file: what write_whole writes first, and nobody
/// is at work on. What can't be taken away stays.
void remove_leftovers(const std::string& beside_path);

/// Takes the next piece of a document.
using TakePiece = std::function<void(std::string_view)>;
/// Hands on a document piece by piece, in order.
using GivePieces = std::function<void(const TakePiece&)>;

/// The same, without holding the whole document in memory: `give` is called once.
Result<void> write_pieces(const std::string& path, const GivePieces& give,
                          Access access = Access::usual);

/// Writes them to a descriptor, gathered into blocks; false, with errno, where it can't be.
bool write_all(int descriptor, const GivePieces& give);

/// The octets of a file. Errors: not there, not permitted, a folder, more than `most` octets.
Result<std::string> read_whole(const std::string& path, std::size_t most);

/// write(2) until everything is out; false, with errno, where it can't be.
bool write_all(int descriptor, std::string_view octets) noexcept;

}  // namespace postern::files
