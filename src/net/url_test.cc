#include "net/url.h"

#include <gtest/gtest.h>

namespace tern {
namespace {

Url url(const std::string& text) {
  return *Url::parse(text);
}

TEST(Url, TakesHttpAndHttpsOnly) {
  for (const char* good : {"http://a", "https://hub.example/x?y=1", "http://127.0.0.1:80/",
                           "https://[::1]:8443/x", "HTTPS://A.example"}) {
    EXPECT_TRUE(Url::parse(good)) << good;
  }
  for (const char* bad : {"", "a", "//a", "/a", "http:", "http://", "file:///etc/passwd", "ftp://a",
                          "gopher://a", "javascript:x", "http://a b", "http://a\nb", "http://a:99999",
                          "http://user@a", "https://user:password@a", "http://[::1"}) {
    const auto refused = Url::parse(bad);
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(refused.error().message().find("password@"), std::string::npos) << "shows a secret";
  }
  EXPECT_FALSE(Url::parse("http://a/" + std::string(20000, 'x')));
  EXPECT_FALSE(Url::parse(std::string("http://a\0.b", 11)));
}

TEST(Url, ShowsNoQuery) {
  EXPECT_EQ(url("https://a/b/c?Signature=secret").shown(), "https://a/b/c");
  EXPECT_EQ(url("https://a/b#secret").shown(), "https://a/b");
  EXPECT_TRUE(url("https://a/b#x").has_query());
  EXPECT_FALSE(url("https://a/b").has_query());
}

TEST(Url, RedirectsAreRelativeToWhatAnswered) {
  const auto target = [](const std::string& location) {
    const auto next = url("https://a.example:8443/x/y?z").redirected_to(location);
    return next ? next->text() : "refused";
  };
  EXPECT_EQ(target("https://b.example/q?r=s"), "https://b.example/q?r=s");
  EXPECT_EQ(target("/q"), "https://a.example:8443/q");
  EXPECT_EQ(target("q"), "https://a.example:8443/x/q");
  EXPECT_EQ(target("../../../q"), "https://a.example:8443/q");
  EXPECT_EQ(target("//b.example/q"), "https://b.example/q");
  EXPECT_EQ(target("/with space"), "https://a.example:8443/with%20space");
  for (const char* bad :
       {"", "http://a.example:8443/x", "http://b.example/", "HTTP://b.example/", "file:///etc/passwd",
        "https://user:pw@b.example/", "//user@b.example/", "https://b.example\n/", "data:,x"}) {
    EXPECT_EQ(target(bad), "refused") << bad;
  }
  EXPECT_EQ(url("http://a/").redirected_to("https://a/x")->text(), "https://a/x");
  const auto refused = url("https://a/b?key=secret").redirected_to("http://b/");
  EXPECT_EQ(refused.error().code(), ErrorCode::kNetwork);
  EXPECT_EQ(refused.error().message().find("secret"), std::string::npos);
}

TEST(Url, OriginIsSchemeHostAndPort) {
  const Url a = url("https://hub.example/x");
  for (const char* same : {"https://hub.example/y?z", "https://hub.example:443/", "https://HUB.example/"}) {
    EXPECT_TRUE(a.same_origin(url(same))) << same;
  }
  for (const char* other :
       {"http://hub.example/", "https://hub.example:8443/", "https://cdn.hub.example/",
        "https://hub.example.evil/", "https://hub.example./", "http://hub.example:443/"}) {
    EXPECT_FALSE(a.same_origin(url(other))) << other;
  }
}

TEST(Url, SecretsGoByHttpsOrStayHere) {
  for (const char* yes : {"https://a", "http://localhost:8080", "http://127.0.0.1", "http://[::1]:80/"}) {
    EXPECT_TRUE(url(yes).confidential()) << yes;
  }
  for (const char* no :
       {"http://a", "http://localhost.example", "http://10.0.0.1", "http://127.0.0.1.example"}) {
    EXPECT_FALSE(url(no).confidential()) << no;
  }
}

TEST(Url, EscapesPartsOfPaths) {
  EXPECT_EQ(escape_url_part("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(escape_url_part("a b/c%?#\xC3\xA9"), "a%20b%2Fc%25%3F%23%C3%A9");
}

}  // namespace
}  // namespace tern
