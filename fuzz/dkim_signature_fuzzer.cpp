// A DKIM-Signature's tags, and the same text as a key record.
#include "auth/dkim_signature.hpp"
#include "fuzz.hpp"

void postern::fuzz::run(std::string_view input) {
  const auto tags = auth::TagList::parse(input);
  if (tags) {
    require(tags->tags().size() <= auth::TagList::most_tags, "no more tags than are allowed");
    for (const auth::Tag& tag : tags->tags()) {
      require(tags->find(tag.name) == &tag, "a name stands once");
      require(tag.value.data() >= input.data() &&
                  tag.value.data() + tag.value.size() <= input.data() + input.size(),
              "values lie within the text");
    }
    auth::DkimSignature signature;
    if (!auth::read_signature(*tags, signature)) {
      require(!signature.domain.empty() && !signature.selector.empty(), "a key has a place");
      require(!signature.signed_fields.empty(), "something is signed");
      require(signature.body_hash.size() <= input.size(), "base64 does not grow");
    }
  }
  const auto key = auth::parse_key_record(input);
  require(!key || tags, "a key record is a tag list");
}
