"""The pages people look at: one file a page, the frame around all of them, the words and the verdict."""
