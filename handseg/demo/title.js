// Tabs, histories and screen readers tell the app's pages apart by their titles.
() => {
  const { pages, current_page: path } = window.gradio_config;
  const page = pages.find(([each]) => each === path);
  if (path && page) document.title = `${page[1]} · handseg`;
}
