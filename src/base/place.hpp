// A place in a file, its parts apart until somebody is told of it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace postern {

struct Place {
  std::string file;          ///< as it was named; or what stands for a place: "live:x, Get-Y"
  std::string path;          ///< within it: a JSON pointer, or a key; may be empty
  std::uint64_t line = 0;    ///< from 1; 0: not known
  std::uint32_t column = 0;  ///< from 1; 0: not known

  Place() = default;
  // Implicit: a file, or whatever else tells a place, is one.
  Place(std::string a_file, std::string a_path = {})
      : file(std::move(a_file)), path(std::move(a_path)) {}
  Place(const char* a_file) : file(a_file) {}
  Place(std::string a_file, std::uint64_t a_line, std::uint32_t a_column)
      : file(std::move(a_file)), line(a_line), column(a_column) {}

  [[nodiscard]] bool empty() const noexcept { return file.empty() && path.empty() && line == 0; }
  /// "gate.toml:3:1", "export.json#/OrganizationConfig/RejectDirectSend", "tenant.toml: cloud".
  [[nodiscard]] std::string text() const;

  /// Whether people are told the same.
  friend bool operator==(const Place& a, const Place& b) { return a.text() == b.text(); }
};

}  // namespace postern
