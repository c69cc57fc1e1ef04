// Packs in memory what the tests of archives read.
#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace postern::evidence::testing {

struct Member {
  std::string name, content;
  std::string link = {};
};

struct CloseWriter {
  void operator()(archive* writer) const { archive_write_free(writer); }
};

// Packs in memory. `format` is "zip", "tar" or "raw"; `filter` is "gzip", "xz", … or nothing.
inline std::string packed(const std::string& format, const std::string& filter,
                          const std::vector<Member>& members, const std::string& password = "") {
  std::unique_ptr<archive, CloseWriter> writer(archive_write_new());
  EXPECT_EQ(archive_write_set_format_by_name(writer.get(), format.c_str()), ARCHIVE_OK);
  if (!filter.empty()) archive_write_add_filter_by_name(writer.get(), filter.c_str());
  if (!password.empty()) {
    archive_write_set_options(writer.get(), "zip:encryption=traditional");
    archive_write_set_passphrase(writer.get(), password.c_str());
  }
  archive_write_set_bytes_per_block(writer.get(), 0);
  std::string out(1 << 24, '\0');
  std::size_t used = 0;
  archive_write_open_memory(writer.get(), out.data(), out.size(), &used);
  for (const Member& member : members) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, member.name.c_str());
    archive_entry_set_perm(entry, 0644);
    if (member.link.empty()) {
      archive_entry_set_filetype(entry, AE_IFREG);
      archive_entry_set_size(entry, static_cast<la_int64_t>(member.content.size()));
    } else {
      archive_entry_set_filetype(entry, AE_IFLNK);
      archive_entry_set_symlink(entry, member.link.c_str());
    }
    archive_write_header(writer.get(), entry);
    if (member.link.empty()) {
      archive_write_data(writer.get(), member.content.data(), member.content.size());
    }
    archive_entry_free(entry);
  }
  archive_write_close(writer.get());
  out.resize(used);
  return out;
}

inline std::string gzipped(const std::string& text) {
  return packed("raw", "gzip", {{"x", text}});
}

}  // namespace postern::evidence::testing
