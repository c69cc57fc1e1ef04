// Signing in: from a profile to access tokens, which are kept in memory alone.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "exchange/http.hpp"
#include "exchange/profile.hpp"
#include "exchange/surroundings.hpp"

namespace postern::exchange {

struct Token {
  Secret value;
  UnixTime expires = 0;
};

/// Not for several threads at once.
class TokenSource {
 public:
  TokenSource() = default;
  TokenSource(const TokenSource&) = delete;
  TokenSource& operator=(const TokenSource&) = delete;
  virtual ~TokenSource() = default;

  /// A token for the resource ("https://outlook.office365.com"), from memory while it is good for
  /// five more minutes. Errors quote the service's code (AADSTS…) with its remedy, never a secret.
  virtual Result<Token> token(const std::string& resource) = 0;

  /// Forgets the token of the resource where it is older than a minute, since the service refused
  /// it; false where it is not, and asking again would bring the same.
  virtual bool renew(const std::string& resource) = 0;
};

/// Nothing is asked of the network or of a person before the first token(). All three must outlive
/// the source.
std::unique_ptr<TokenSource> sign_in(const Profile&, Transport&, const Surroundings&);

/// What went wrong at the token address, from its answer: {"error":…,"error_description":
/// "AADSTS7000215: …"}; with the remedy where the code is known.
Error token_error(int status, std::string_view body, const std::string& where);

}  // namespace postern::exchange
