// How a document is written, beside what it holds: colour and width of text output (without colour
// every call gives back its text as it is), and what the forms that are passed on say of their
// making.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/hash.hpp"
#include "base/time.hpp"

namespace postern::report {

/// Takes the next piece of a document that is handed on in pieces.
using TakePiece = std::function<void(std::string_view)>;

struct Style {
  bool colour = false;
  std::size_t columns = 100;       ///< width to write for
  bool pictures = false;           ///< sparklines and bars, for people at a terminal
  std::string_view version = "0";  ///< of the program
  UnixTime made_at = 0;
  std::optional<HashSeed> redact =
      std::nullopt;              ///< addresses are hashed with it, and subjects left out
  std::string_view folder = {};  ///< where the program runs; places are written relative to it
  char csv_separator = ',';      ///< between the cells of CSV
  char csv_decimal = '.';        ///< between the places of its numbers
  bool everything = false;       ///< SARIF: what passes and what is waived too (--sarif-all)

  [[nodiscard]] std::string bold(std::string_view text) const { return wrap("1", text); }
  [[nodiscard]] std::string dim(std::string_view text) const { return wrap("2", text); }
  [[nodiscard]] std::string red(std::string_view text) const { return wrap("31;1", text); }
  [[nodiscard]] std::string green(std::string_view text) const { return wrap("32", text); }
  [[nodiscard]] std::string yellow(std::string_view text) const { return wrap("33", text); }

 private:
  [[nodiscard]] std::string wrap(std::string_view code, std::string_view text) const {
    if (!colour) return std::string(text);
    std::string out = "\x1b[";
    out += code;
    out += 'm';
    out += text;
    return out + "\x1b[0m";
  }
};

}  // namespace postern::report
