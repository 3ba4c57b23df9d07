"""MyBlog.com: a website for readers everywhere, with no server to manage."""
