<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh" sourcelanguage="en">
  <context>
    <name>Adjust</name>
    <message>
      <source>Nothing was changed. Check that the file can be written, that the disk is not full, and try again.</source>
      <translation>没有任何更改。请检查该文件能否写入、磁盘是否已满，然后重试。</translation>
    </message>
    <message>
      <source>The polygons in {path} cannot be changed ({reason}).</source>
      <translation>{path} 中的多边形无法更改（{reason}）。</translation>
    </message>
    <message>
      <source>another program has changed them</source>
      <translation>另一个程序已更改它们</translation>
    </message>
    <message>
      <source>the file is gone</source>
      <translation>文件已不存在</translation>
    </message>
  </context>
  <context>
    <name>AnomalyLensDock</name>
    <message>
      <source>Anomaly Lens</source>
      <translation>Anomaly Lens</translation>
    </message>
    <message>
      <source>Cancelling…</source>
      <translation>正在取消…</translation>
    </message>
    <message>
      <source>Earlier results are unticked in the layer tree.</source>
      <translation>先前的结果已在图层树中取消勾选。</translation>
    </message>
    <message>
      <source>Export…</source>
      <translation>导出…</translation>
    </message>
    <message>
      <source>Load a raster layer, or tick one in the list.</source>
      <translation>请加载栅格图层，或在列表中勾选一个。</translation>
    </message>
    <message>
      <source>Load a raster layer, or tick one, to begin.</source>
      <translation>加载或勾选栅格图层即可开始。</translation>
    </message>
    <message>
      <source>No engine: open options</source>
      <translation>没有引擎：打开选项</translation>
    </message>
    <message>
      <source>No raster layer is chosen.</source>
      <translation>没有选择栅格图层。</translation>
    </message>
    <message>
      <source>Options…</source>
      <translation>选项…</translation>
    </message>
    <message>
      <source>Ready to run.</source>
      <translation>可以运行。</translation>
    </message>
    <message>
      <source>Review</source>
      <translation>复核</translation>
    </message>
    <message>
      <source>Starting the engine</source>
      <translation>正在启动引擎</translation>
    </message>
    <message>
      <source>Starting the engine…</source>
      <translation>正在启动引擎…</translation>
    </message>
    <message>
      <source>Table</source>
      <translation>表格</translation>
    </message>
    <message>
      <source>The engine computes on this device. Press to open the options</source>
      <translation>引擎在此设备上计算。按此打开选项</translation>
    </message>
    <message>
      <source>The engine could not be started.</source>
      <translation>无法启动引擎。</translation>
    </message>
    <message>
      <source>The first start can take a minute</source>
      <translation>首次启动可能需要一分钟</translation>
    </message>
    <message>
      <source>{time} left</source>
      <translation>剩余 {time}</translation>
    </message>
    <message>
      <source>“{name}” is no file on disk: it is exported first.</source>
      <translation>“{name}”不是磁盘上的文件：会先导出。</translation>
    </message>
  </context>
  <context>
    <name>AnomalyLensPlugin</name>
    <message>
      <source>&amp;Leave them</source>
      <translation>保持原样(&amp;L)</translation>
    </message>
    <message>
      <source>&amp;Move</source>
      <translation>移动(&amp;M)</translation>
    </message>
    <message>
      <source>&amp;Other folder…</source>
      <translation>其他文件夹(&amp;O)…</translation>
    </message>
    <message>
      <source>Accept or reject anomalies, one after the other</source>
      <translation>逐个接受或拒绝异常</translation>
    </message>
    <message>
      <source>Anomaly Lens</source>
      <translation>Anomaly Lens</translation>
    </message>
    <message>
      <source>Anomaly review</source>
      <translation>异常复核</translation>
    </message>
    <message>
      <source>Find what does not belong in a raster layer</source>
      <translation>在栅格图层中找出不该出现的东西</translation>
    </message>
    <message>
      <source>Folder for results</source>
      <translation>结果文件夹</translation>
    </message>
    <message>
      <source>Keep temporary results?</source>
      <translation>保留临时结果吗？</translation>
    </message>
    <message>
      <source>Look</source>
      <translation>外观</translation>
    </message>
    <message>
      <source>Move their files to {folder}?</source>
      <translation>将它们的文件移到 {folder} 吗？</translation>
    </message>
    <message>
      <source>Review</source>
      <translation>复核</translation>
    </message>
    <message>
      <source>The project shows result layers that are deleted when QGIS closes: {count}.</source>
      <translation>工程中显示的 {count} 个结果图层会在 QGIS 关闭时删除。</translation>
    </message>
    <message>
      <source>The results were moved to {folder}.</source>
      <translation>结果已移到 {folder}。</translation>
    </message>
    <message>
      <source>Threshold</source>
      <translation>阈值</translation>
    </message>
  </context>
  <context>
    <name>Area</name>
    <message>
      <source>Choose a polygon layer with features.</source>
      <translation>请选择含有要素的多边形图层。</translation>
    </message>
    <message>
      <source>No polygon is selected in the layer “{name}”.</source>
      <translation>图层“{name}”中没有选中多边形。</translation>
    </message>
    <message>
      <source>Select some, or untick “Selected features only”.</source>
      <translation>请选中一些，或取消勾选“仅所选要素”。</translation>
    </message>
    <message>
      <source>The extent cannot be brought to the layer's CRS {crs}.</source>
      <translation>范围无法转换到图层的坐标系 {crs}。</translation>
    </message>
    <message>
      <source>The layer “{name}” holds no usable polygon.</source>
      <translation>图层“{name}”没有可用的多边形。</translation>
    </message>
    <message>
      <source>Zoom in on the layer, or choose its whole extent.</source>
      <translation>请放大到图层的一部分，或选择整个图层范围。</translation>
    </message>
  </context>
  <context>
    <name>AttributeKeeper</name>
    <message>
      <source>Measures of anomalies</source>
      <translation>异常的指标</translation>
    </message>
    <message>
      <source>Polygons of “{name}” that crossed themselves and were repaired: {count}.</source>
      <translation>“{name}”的 {count} 个多边形自相交，已修复。</translation>
    </message>
    <message>
      <source>Polygons of “{name}” that have no area: {count}. Draw them anew or delete them.</source>
      <translation>“{name}”的 {count} 个多边形没有面积：请重新绘制或删除。</translation>
    </message>
  </context>
  <context>
    <name>Batch</name>
    <message>
      <source>Add it to the project and the batch.</source>
      <translation>将它添加到工程和批处理中。</translation>
    </message>
    <message>
      <source>Anomaly Lens</source>
      <translation>Anomaly Lens</translation>
    </message>
    <message>
      <source>Batch…</source>
      <translation>批处理…</translation>
    </message>
    <message>
      <source>Choose a folder with raster files.</source>
      <translation>请选择含有栅格文件的文件夹。</translation>
    </message>
    <message>
      <source>Close other programs that use it, or choose another name.</source>
      <translation>请关闭正在使用它的其他程序，或另选名称。</translation>
    </message>
    <message>
      <source>Done</source>
      <translation>完成</translation>
    </message>
    <message>
      <source>Failed</source>
      <translation>失败</translation>
    </message>
    <message>
      <source>Repeat on other layers…</source>
      <translation>在其他图层上重复…</translation>
    </message>
    <message>
      <source>Save it as UTF-8 text.</source>
      <translation>请保存为 UTF-8 文本。</translation>
    </message>
    <message>
      <source>Search a part of it from the Anomaly Lens panel.</source>
      <translation>请在 Anomaly Lens 面板中搜索其一部分。</translation>
    </message>
    <message>
      <source>Skipped</source>
      <translation>已略过</translation>
    </message>
    <message>
      <source>Skipped.</source>
      <translation>已略过。</translation>
    </message>
    <message>
      <source>Starting the engine</source>
      <translation>正在启动引擎</translation>
    </message>
    <message>
      <source>The layer “{name}” has no pixels of its own.</source>
      <translation>图层“{name}”没有自己的像素。</translation>
    </message>
    <message>
      <source>The layer “{name}” is no longer in the project.</source>
      <translation>图层“{name}”已不在工程中。</translation>
    </message>
    <message>
      <source>There is no raster in {folder}.</source>
      <translation>{folder} 中没有栅格。</translation>
    </message>
    <message>
      <source>Waiting</source>
      <translation>等待中</translation>
    </message>
    <message>
      <source>Write one path on each line.</source>
      <translation>请在每行写一个路径。</translation>
    </message>
    <message>
      <source>each modality's own smallest area</source>
      <translation>各模态自己的最小面积</translation>
    </message>
    <message>
      <source>each modality's own threshold</source>
      <translation>各模态自己的阈值</translation>
    </message>
    <message>
      <source>model “{name}”</source>
      <translation>模型“{name}”</translation>
    </message>
    <message>
      <source>outlines from {share} % of the peak</source>
      <translation>轮廓自峰值的 {share} % 起</translation>
    </message>
    <message>
      <source>score from {score}</source>
      <translation>分数 {score} 起</translation>
    </message>
    <message>
      <source>smallest area {area} (m², or pixels without CRS)</source>
      <translation>最小面积 {area}（m²，没有坐标系时为像素）</translation>
    </message>
    <message>
      <source>top {percent} %</source>
      <translation>最高 {percent} %</translation>
    </message>
    <message>
      <source>{path} cannot be read ({reason}).</source>
      <translation>{path} 无法读取（{reason}）。</translation>
    </message>
    <message>
      <source>{path} cannot be written ({reason}).</source>
      <translation>{path} 无法写入（{reason}）。</translation>
    </message>
    <message>
      <source>{path} names no file.</source>
      <translation>{path} 没有指定文件。</translation>
    </message>
    <message>
      <source>{seconds} s</source>
      <translation>{seconds} 秒</translation>
    </message>
  </context>
  <context>
    <name>BatchDialog</name>
    <message>
      <source>Add layers, files or a folder to begin.</source>
      <translation>添加图层、文件或文件夹即可开始。</translation>
    </message>
    <message>
      <source>All raster layers ({count})</source>
      <translation>所有栅格图层（{count}）</translation>
    </message>
    <message>
      <source>Anomaly Lens batch</source>
      <translation>Anomaly Lens 批处理</translation>
    </message>
    <message>
      <source>Anomaly Lens panel</source>
      <translation>Anomaly Lens 面板</translation>
    </message>
    <message>
      <source>Batch {time}</source>
      <translation>批处理 {time}</translation>
    </message>
    <message>
      <source>Batch: {summary}</source>
      <translation>批处理：{summary}</translation>
    </message>
    <message>
      <source>CSV files (*.csv)</source>
      <translation>CSV 文件 (*.csv)</translation>
    </message>
    <message>
      <source>Cancel</source>
      <translation>取消</translation>
    </message>
    <message>
      <source>Cancelling…</source>
      <translation>正在取消…</translation>
    </message>
    <message>
      <source>Choose one under “Results in”.</source>
      <translation>请在“结果保存到”中选择一个。</translation>
    </message>
    <message>
      <source>Each scene's own</source>
      <translation>各场景自己的</translation>
    </message>
    <message>
      <source>Folder with rasters</source>
      <translation>含有栅格的文件夹</translation>
    </message>
    <message>
      <source>Lists of files (*.txt)</source>
      <translation>文件列表 (*.txt)</translation>
    </message>
    <message>
      <source>Looking for rasters. Files looked at: {count}</source>
      <translation>正在查找栅格。已检查的文件：{count}</translation>
    </message>
    <message>
      <source>No folder is chosen for the results.</source>
      <translation>没有选择结果文件夹。</translation>
    </message>
    <message>
      <source>Open…</source>
      <translation>打开…</translation>
    </message>
    <message>
      <source>Rasters to search</source>
      <translation>要搜索的栅格</translation>
    </message>
    <message>
      <source>Save the table</source>
      <translation>保存表格</translation>
    </message>
    <message>
      <source>The table was written to {path}.</source>
      <translation>表格已写入 {path}。</translation>
    </message>
    <message>
      <source>{done} of {all} scenes done, {failed} failed, {skipped} skipped; anomalies: {total}.</source>
      <translation>{all} 个场景中完成 {done} 个，失败 {failed} 个，略过 {skipped} 个；共 {total} 个异常。</translation>
    </message>
  </context>
  <context>
    <name>BatchForm</name>
    <message>
      <source>&amp;Add results to the project as they come</source>
      <translation>结果完成后即加入工程(&amp;A)</translation>
    </message>
    <message>
      <source>&amp;Cancel</source>
      <translation>取消(&amp;C)</translation>
    </message>
    <message>
      <source>&amp;Modality</source>
      <translation>模态(&amp;M)</translation>
    </message>
    <message>
      <source>&amp;Remove</source>
      <translation>移除(&amp;R)</translation>
    </message>
    <message>
      <source>&amp;Start</source>
      <translation>开始(&amp;S)</translation>
    </message>
    <message>
      <source>Add &amp;files…</source>
      <translation>添加文件(&amp;F)…</translation>
    </message>
    <message>
      <source>Add &amp;layers</source>
      <translation>添加图层(&amp;L)</translation>
    </message>
    <message>
      <source>Add all rasters in a folder and below</source>
      <translation>添加某个文件夹及其子文件夹中的全部栅格</translation>
    </message>
    <message>
      <source>Add f&amp;older…</source>
      <translation>添加文件夹(&amp;O)…</translation>
    </message>
    <message>
      <source>Add raster files, or text files with a path on each line</source>
      <translation>添加栅格文件，或每行一个路径的文本文件</translation>
    </message>
    <message>
      <source>Add raster layers of the project</source>
      <translation>添加工程中的栅格图层</translation>
    </message>
    <message>
      <source>Add the results of the selected scenes to the project; all where none is selected</source>
      <translation>将所选场景的结果加入工程；未选择时加入全部</translation>
    </message>
    <message>
      <source>Add to &amp;project</source>
      <translation>加入工程(&amp;P)</translation>
    </message>
    <message>
      <source>Clos&amp;e</source>
      <translation>关闭(&amp;E)</translation>
    </message>
    <message>
      <source>Close the window; a batch under way goes on</source>
      <translation>关闭窗口；进行中的批处理会继续</translation>
    </message>
    <message>
      <source>Folder for heat maps and anomalies</source>
      <translation>存放热力图和异常的文件夹</translation>
    </message>
    <message>
      <source>How each scene is searched; each is searched whole</source>
      <translation>如何搜索每个场景；每个场景都整幅搜索</translation>
    </message>
    <message>
      <source>How many of the scenes are done</source>
      <translation>已完成多少个场景</translation>
    </message>
    <message>
      <source>How the batch stands</source>
      <translation>批处理的进展</translation>
    </message>
    <message>
      <source>In one group; with hundreds of scenes the project becomes slow</source>
      <translation>放在一个组中；场景达到数百个时工程会变慢</translation>
    </message>
    <message>
      <source>Leave out the selected scenes, also while being searched</source>
      <translation>略过所选场景，正在搜索的也可以</translation>
    </message>
    <message>
      <source>Let the selected scenes that failed or were skipped wait again; all where none is selected</source>
      <translation>让所选的失败或略过的场景重新等待；未选择时为全部</translation>
    </message>
    <message>
      <source>Re&amp;try</source>
      <translation>重试(&amp;T)</translation>
    </message>
    <message>
      <source>Res&amp;ults in</source>
      <translation>结果保存到(&amp;U)</translation>
    </message>
    <message>
      <source>S&amp;kip</source>
      <translation>略过(&amp;K)</translation>
    </message>
    <message>
      <source>Sa&amp;ve table…</source>
      <translation>保存表格(&amp;V)…</translation>
    </message>
    <message>
      <source>Scenes</source>
      <translation>场景</translation>
    </message>
    <message>
      <source>Search all scenes that wait, one after the other</source>
      <translation>逐个搜索所有等待的场景</translation>
    </message>
    <message>
      <source>Search as the panel is set now, or as a run of this project was made</source>
      <translation>按面板当前的设置搜索，或按本工程某次运行的设置</translation>
    </message>
    <message>
      <source>Settin&amp;gs from</source>
      <translation>设置来自(&amp;G)</translation>
    </message>
    <message>
      <source>Stop; the scene under way leaves nothing half-written and waits again</source>
      <translation>停止；进行中的场景不会留下半成品，并重新等待</translation>
    </message>
    <message>
      <source>Take the selected scenes out of the list</source>
      <translation>将所选场景移出列表</translation>
    </message>
    <message>
      <source>The kind of imagery, of each scene by itself or of all</source>
      <translation>影像的种类，由各场景自定或全部相同</translation>
    </message>
    <message>
      <source>Where all results are written; nothing there is overwritten</source>
      <translation>所有结果的写入位置；不会覆盖任何文件</translation>
    </message>
    <message>
      <source>Write the table to a CSV file, with all paths</source>
      <translation>将含有全部路径的表格写入 CSV 文件</translation>
    </message>
  </context>
  <context>
    <name>BatchModel</name>
    <message>
      <source>Anomalies</source>
      <translation>异常</translation>
    </message>
    <message>
      <source>Message</source>
      <translation>消息</translation>
    </message>
    <message>
      <source>Modality</source>
      <translation>模态</translation>
    </message>
    <message>
      <source>Scene</source>
      <translation>场景</translation>
    </message>
    <message>
      <source>State</source>
      <translation>状态</translation>
    </message>
    <message>
      <source>Time</source>
      <translation>时间</translation>
    </message>
  </context>
  <context>
    <name>DecisionStore</name>
    <message>
      <source>Add it again, as a text; your decisions are kept.</source>
      <translation>请以文本类型重新添加它；您的决定会保留。</translation>
    </message>
    <message>
      <source>Another program may be writing it, or it is damaged. Your decisions are kept and tried again.</source>
      <translation>可能有其他程序正在写入它，或者文件已损坏。您的决定已保留，并会再次尝试写入。</translation>
    </message>
    <message>
      <source>Another program may have it open, or the disk is full. Your decisions are kept and tried again.</source>
      <translation>可能有其他程序打开了它，或者磁盘已满。您的决定已保留，并会再次尝试写入。</translation>
    </message>
    <message>
      <source>Choose another folder that can be written to and has room.</source>
      <translation>请选择另一个可写入且有空间的文件夹。</translation>
    </message>
    <message>
      <source>Make it writable, or go on in a copy. Your decisions are kept until then.</source>
      <translation>请使其可写，或在副本中继续。在此之前您的决定会保留。</translation>
    </message>
    <message>
      <source>Polygons were removed from {name} in another window. Decisions that had no place: {count}.</source>
      <translation>{name} 中的多边形已在另一个窗口中被移除：{count} 个决定无处记录。</translation>
    </message>
    <message>
      <source>Put it back: your decisions are kept and will be written then.</source>
      <translation>请把它放回原处：您的决定会保留，届时写入。</translation>
    </message>
    <message>
      <source>Review</source>
      <translation>复核</translation>
    </message>
    <message>
      <source>Save or discard its edits, and try again.</source>
      <translation>请保存或放弃其编辑，然后重试。</translation>
    </message>
    <message>
      <source>Switch the layer's editing on: decisions are saved with its edits. They are kept until then.</source>
      <translation>请打开该图层的编辑：决定会随其编辑一起保存，在此之前会一直保留。</translation>
    </message>
    <message>
      <source>The file of “{name}” is not a GeoPackage.</source>
      <translation>“{name}”的文件不是 GeoPackage。</translation>
    </message>
    <message>
      <source>The file {path} is gone.</source>
      <translation>文件 {path} 已不存在。</translation>
    </message>
    <message>
      <source>The list was read again. Look at what is there now, and decide again.</source>
      <translation>列表已重新读取。请查看现有内容并重新决定。</translation>
    </message>
    <message>
      <source>Untick Read-only in Project &gt; Properties &gt; Data Sources, or go on in a copy. Your decisions are kept until then.</source>
      <translation>请在“工程 &gt; 属性 &gt; 数据源”中取消勾选“只读”，或在副本中继续。在此之前您的决定会保留。</translation>
    </message>
    <message>
      <source>there is a file of that name</source>
      <translation>已有同名文件</translation>
    </message>
    <message>
      <source>{name} cannot be copied to {folder} ({reason}).</source>
      <translation>{name} 无法复制到 {folder}（{reason}）。</translation>
    </message>
    <message>
      <source>{name} cannot be read at the moment.</source>
      <translation>{name} 目前无法读取。</translation>
    </message>
    <message>
      <source>{name} cannot be written at the moment.</source>
      <translation>{name} 目前无法写入。</translation>
    </message>
    <message>
      <source>{name} is read-only.</source>
      <translation>{name} 是只读的。</translation>
    </message>
    <message>
      <source>“{name}” did not take the decision.</source>
      <translation>“{name}”没有接受该决定。</translation>
    </message>
    <message>
      <source>“{name}” has no field {field} any more.</source>
      <translation>“{name}”已没有字段 {field}。</translation>
    </message>
    <message>
      <source>“{name}” is read-only in this project.</source>
      <translation>“{name}”在此工程中是只读的。</translation>
    </message>
  </context>
  <context>
    <name>Decisions</name>
    <message>
      <source>That polygon is not there any more: nothing was changed.</source>
      <translation>该多边形已不存在：没有任何更改。</translation>
    </message>
    <message>
      <source>{what}: anomaly {rank}</source>
      <translation>{what}：异常 {rank}</translation>
    </message>
  </context>
  <context>
    <name>DetectTask</name>
    <message>
      <source>Anomaly Lens</source>
      <translation>Anomaly Lens</translation>
    </message>
    <message>
      <source>Exporting “{name}”</source>
      <translation>正在导出“{name}”</translation>
    </message>
    <message>
      <source>Please report this with the details.</source>
      <translation>请附上详细信息报告。</translation>
    </message>
    <message>
      <source>The run was cancelled.</source>
      <translation>运行已取消。</translation>
    </message>
    <message>
      <source>“{name}” failed unexpectedly: {reason}.</source>
      <translation>“{name}”意外失败：{reason}。</translation>
    </message>
  </context>
  <context>
    <name>DockChoices</name>
    <message>
      <source>Automatic</source>
      <translation>自动</translation>
    </message>
    <message>
      <source>Each layer's own suggestion, from its bands, type and wavelengths</source>
      <translation>根据波段、类型和波长为每个图层给出的建议</translation>
    </message>
    <message>
      <source>colour pictures</source>
      <translation>彩色图片</translation>
    </message>
    <message>
      <source>{star} Suggested: {reason}</source>
      <translation>{star} 建议：{reason}</translation>
    </message>
  </context>
  <context>
    <name>DockForm</name>
    <message>
      <source>&amp;Batch…</source>
      <translation>批处理(&amp;B)…</translation>
    </message>
    <message>
      <source>&amp;Cancel</source>
      <translation>取消(&amp;C)</translation>
    </message>
    <message>
      <source>&amp;Detector</source>
      <translation>检测器(&amp;D)</translation>
    </message>
    <message>
      <source>&amp;Extent</source>
      <translation>范围(&amp;E)</translation>
    </message>
    <message>
      <source>&amp;Help</source>
      <translation>帮助(&amp;H)</translation>
    </message>
    <message>
      <source>&amp;Layer</source>
      <translation>图层(&amp;L)</translation>
    </message>
    <message>
      <source>&amp;Modality</source>
      <translation>模态(&amp;M)</translation>
    </message>
    <message>
      <source>&amp;Output</source>
      <translation>输出(&amp;O)</translation>
    </message>
    <message>
      <source>&amp;Run</source>
      <translation>运行(&amp;R)</translation>
    </message>
    <message>
      <source>&amp;Threshold</source>
      <translation>阈值(&amp;T)</translation>
    </message>
    <message>
      <source>Accept or reject the anomalies, one after the other</source>
      <translation>逐个接受或拒绝异常</translation>
    </message>
    <message>
      <source>E&amp;xport…</source>
      <translation>导出(&amp;X)…</translation>
    </message>
    <message>
      <source>Engine not started</source>
      <translation>引擎未启动</translation>
    </message>
    <message>
      <source>Folder for heat maps and anomalies</source>
      <translation>存放热力图和异常的文件夹</translation>
    </message>
    <message>
      <source>How much of the run is done</source>
      <translation>运行完成了多少</translation>
    </message>
    <message>
      <source>Lo&amp;g</source>
      <translation>日志(&amp;G)</translation>
    </message>
    <message>
      <source>Min. &amp;area</source>
      <translation>最小面积(&amp;A)</translation>
    </message>
    <message>
      <source>P&amp;ixel size</source>
      <translation>像素大小(&amp;I)</translation>
    </message>
    <message>
      <source>Re&amp;view</source>
      <translation>复核(&amp;V)</translation>
    </message>
    <message>
      <source>Score from</source>
      <translation>起始分数</translation>
    </message>
    <message>
      <source>Search many layers or files with these settings, one after the other</source>
      <translation>用这些设置逐个搜索多个图层或文件</translation>
    </message>
    <message>
      <source>Search the layer for anomalies (Enter)</source>
      <translation>在图层中搜索异常（Enter）</translation>
    </message>
    <message>
      <source>Show how to use the dock</source>
      <translation>显示面板的使用方法</translation>
    </message>
    <message>
      <source>Show what the engine wrote to its log</source>
      <translation>显示引擎写入日志的内容</translation>
    </message>
    <message>
      <source>Smaller anomalies are left out. On the ellipsoid, or in pixels where the layer has no CRS</source>
      <translation>更小的异常会略去。按椭球面计算，图层没有坐标系时按像素计算</translation>
    </message>
    <message>
      <source>Stop the run; nothing half-finished stays behind (Escape)</source>
      <translation>停止运行；不会留下半成品（Escape）</translation>
    </message>
    <message>
      <source>Temporary folder</source>
      <translation>临时文件夹</translation>
    </message>
    <message>
      <source>The engine starts when this is shown</source>
      <translation>显示此处时引擎启动</translation>
    </message>
    <message>
      <source>The kind of imagery; it sets the defaults below</source>
      <translation>影像的种类；它决定下面的默认值</translation>
    </message>
    <message>
      <source>The lowest score of an anomaly: {half} is the scene's top 1 %, {high} deviates nine times as much; of ASD, {half} is where the most deviating 1 % of the ground that was taught begins</source>
      <translation>异常的最低分数：{half} 为场景最高的 1 %，{high} 的偏离程度为其九倍；对于 ASD，{half} 为所示教地面中偏离最大的 1 % 的起点</translation>
    </message>
    <message>
      <source>The method that tells anomalies from what is normal</source>
      <translation>区分异常与正常的方法</translation>
    </message>
    <message>
      <source>The share of valid pixels with the highest scores that become anomalies</source>
      <translation>有效像素中分数最高、成为异常的占比</translation>
    </message>
    <message>
      <source>This layer is no file on disk: it is exported first, with pixels of this size in its CRS</source>
      <translation>此图层不是磁盘上的文件：会先以此像素大小、按其坐标系导出</translation>
    </message>
    <message>
      <source>Time since Run was pressed, and an estimate of what is left</source>
      <translation>按下“运行”以来的时间，以及剩余时间的估计</translation>
    </message>
    <message>
      <source>Top share</source>
      <translation>最高占比</translation>
    </message>
    <message>
      <source>What counts as an anomaly: a share of the scene, or every pixel with at least a certain score</source>
      <translation>什么算作异常：场景的一定占比，或所有达到一定分数的像素</translation>
    </message>
    <message>
      <source>What is being done, or how the last run ended</source>
      <translation>正在做什么，或上次运行如何结束</translation>
    </message>
    <message>
      <source>Where results are kept. Temporary ones can be moved when the project is saved</source>
      <translation>结果保存的位置。临时结果可在保存工程时移走</translation>
    </message>
    <message>
      <source>Why this modality is suggested; choose another where you know better</source>
      <translation>为何建议此模态；若您更清楚，可另选</translation>
    </message>
    <message>
      <source>Write anomalies to a file or a report: Shapefile, GeoPackage, GeoJSON, KML, CSV, PDF, HTML</source>
      <translation>将异常写入文件或报告：Shapefile、GeoPackage、GeoJSON、KML、CSV、PDF、HTML</translation>
    </message>
  </context>
  <context>
    <name>Ending</name>
    <message>
      <source>1 anomaly found in “{name}”.</source>
      <translation>在“{name}”中发现 1 个异常。</translation>
    </message>
    <message>
      <source>Cancelled.</source>
      <translation>已取消。</translation>
    </message>
    <message>
      <source>Failed.</source>
      <translation>失败。</translation>
    </message>
    <message>
      <source>No anomaly found in “{name}”.</source>
      <translation>在“{name}”中未发现异常。</translation>
    </message>
    <message>
      <source>Weaker ones that were left out: {count}.</source>
      <translation>较弱的 {count} 个已略去。</translation>
    </message>
    <message>
      <source>{count} anomalies found in “{name}”.</source>
      <translation>在“{name}”中发现 {count} 个异常。</translation>
    </message>
    <message>
      <source>{done} of {all} layers done, {failed} failed.</source>
      <translation>{all} 个图层中完成 {done} 个，失败 {failed} 个。</translation>
    </message>
  </context>
  <context>
    <name>Engine</name>
    <message>
      <source>1 band</source>
      <translation>1 个波段</translation>
    </message>
    <message>
      <source>A corner of {0} holds nothing but {1}, which was taken for data. If it is none, set it as “additional no data value” in the layer's properties, under transparency, and run again.</source>
      <translation>{0} 的一角全是 {1}，已当作数据处理。如果它不是数据，请在图层属性的“透明度”中将其设为“附加无数据值”，然后重新运行。</translation>
    </message>
    <message>
      <source>A detect request lacks {0}.</source>
      <translation>detect 请求缺少 {0}。</translation>
    </message>
    <message>
      <source>A model cannot be called “{0}”.</source>
      <translation>模型不能命名为“{0}”。</translation>
    </message>
    <message>
      <source>A polygonize request could not be understood.</source>
      <translation>无法理解 polygonize 请求。</translation>
    </message>
    <message>
      <source>A request could not be understood.</source>
      <translation>无法理解某个请求。</translation>
    </message>
    <message>
      <source>A teach request lacks {0}.</source>
      <translation>teach 请求缺少 {0}。</translation>
    </message>
    <message>
      <source>A worker on {0} that joined the run has another version of Anomaly Lens or its packages.</source>
      <translation>{0} 上加入运行的工作进程使用了另一版本的 Anomaly Lens 或其软件包。</translation>
    </message>
    <message>
      <source>ASD (taught what is normal)</source>
      <translation>ASD（示教正常地物）</translation>
    </message>
    <message>
      <source>ASD needs a model that was taught what is normal.</source>
      <translation>ASD 需要一个已示教正常地物的模型。</translation>
    </message>
    <message>
      <source>An evaluate request could not be understood.</source>
      <translation>无法理解 evaluate 请求。</translation>
    </message>
    <message>
      <source>An overview of the scene cannot be written in {0}.</source>
      <translation>无法在 {0} 中写入场景概览。</translation>
    </message>
    <message>
      <source>Anomaly Lens</source>
      <translation>Anomaly Lens</translation>
    </message>
    <message>
      <source>Anomaly score</source>
      <translation>异常分数</translation>
    </message>
    <message>
      <source>Band {0}</source>
      <translation>波段 {0}</translation>
    </message>
    <message>
      <source>CPU, 1 thread</source>
      <translation>CPU，1 个线程</translation>
    </message>
    <message>
      <source>CPU, {0} threads</source>
      <translation>CPU，{0} 个线程</translation>
    </message>
    <message>
      <source>CRD (collaborative representation)</source>
      <translation>CRD（协同表示）</translation>
    </message>
    <message>
      <source>Check its nodata value and its mask, and choose an area with data.</source>
      <translation>请检查其 nodata 值和掩膜，并选择有数据的区域。</translation>
    </message>
    <message>
      <source>Check that it opens in QGIS; convert it to GeoTIFF if the format is unusual.</source>
      <translation>请检查它能否在 QGIS 中打开；若格式少见，请转换为 GeoTIFF。</translation>
    </message>
    <message>
      <source>Check that they lie on the scores, and which of their values means an anomaly.</source>
      <translation>请检查它们是否与分数图重叠，以及其中哪个值表示异常。</translation>
    </message>
    <message>
      <source>Check the CRS of the area: its coordinates do not fit it.</source>
      <translation>请检查该区域的坐标系：其坐标与坐标系不符。</translation>
    </message>
    <message>
      <source>Check the address and the firewall, and start one there with: dask scheduler.</source>
      <translation>请检查地址和防火墙，并在那里启动：dask scheduler。</translation>
    </message>
    <message>
      <source>Check the layer for extreme values (nodata that is not marked), or teach with another seed.</source>
      <translation>请检查图层是否有极端值（未标记的 nodata），或换一个种子示教。</translation>
    </message>
    <message>
      <source>Check the path, or load the layer again.</source>
      <translation>请检查路径，或重新加载图层。</translation>
    </message>
    <message>
      <source>Choose a folder that can be written to and has room.</source>
      <translation>请选择可写入且有空间的文件夹。</translation>
    </message>
    <message>
      <source>Choose a folder with a card.json, or one of those that are shipped: {0}.</source>
      <translation>请选择含有 card.json 的文件夹，或随附的模型之一：{0}。</translation>
    </message>
    <message>
      <source>Choose a heat map.</source>
      <translation>请选择热力图。</translation>
    </message>
    <message>
      <source>Choose a larger area, or fewer bands.</source>
      <translation>请选择更大的区域或更少的波段。</translation>
    </message>
    <message>
      <source>Choose a raster file.</source>
      <translation>请选择栅格文件。</translation>
    </message>
    <message>
      <source>Choose a raster or an area with some variation; check the nodata value.</source>
      <translation>请选择有变化的栅格或区域；检查 nodata 值。</translation>
    </message>
    <message>
      <source>Choose a raster with bands.</source>
      <translation>请选择含有波段的栅格。</translation>
    </message>
    <message>
      <source>Choose an extent that overlaps the raster; check the CRS of both.</source>
      <translation>请选择与栅格重叠的范围；检查两者的坐标系。</translation>
    </message>
    <message>
      <source>Choose another folder.</source>
      <translation>请选择另一个文件夹。</translation>
    </message>
    <message>
      <source>Choose another modality, such as visible.</source>
      <translation>请选择其他模态，例如可见光。</translation>
    </message>
    <message>
      <source>Choose another model, or teach it again.</source>
      <translation>请选择另一个模型，或重新示教。</translation>
    </message>
    <message>
      <source>Choose another name, or delete it first.</source>
      <translation>请另选名称，或先删除它。</translation>
    </message>
    <message>
      <source>Choose another name.</source>
      <translation>请另选名称。</translation>
    </message>
    <message>
      <source>Choose another output folder.</source>
      <translation>请选择另一个输出文件夹。</translation>
    </message>
    <message>
      <source>Choose another raster.</source>
      <translation>请选择另一个栅格。</translation>
    </message>
    <message>
      <source>Choose bands that the file has.</source>
      <translation>请选择文件中存在的波段。</translation>
    </message>
    <message>
      <source>Choose one of its parts, such as {0}</source>
      <translation>请选择其中一部分，例如 {0}</translation>
    </message>
    <message>
      <source>Choose one of: auto, {0}.</source>
      <translation>请选择其一：auto、{0}。</translation>
    </message>
    <message>
      <source>Choose one of: {0}.</source>
      <translation>请选择其一：{0}。</translation>
    </message>
    <message>
      <source>Choose the bands to use.</source>
      <translation>请选择要使用的波段。</translation>
    </message>
    <message>
      <source>Choose the folder with {0} (three files) and {1}.</source>
      <translation>请选择含有 {0}（三个文件）和 {1} 的文件夹。</translation>
    </message>
    <message>
      <source>Choose the hyperspectral modality, or fewer bands.</source>
      <translation>请选择高光谱模态，或更少的波段。</translation>
    </message>
    <message>
      <source>Close other programs, or choose a smaller area.</source>
      <translation>请关闭其他程序，或选择更小的区域。</translation>
    </message>
    <message>
      <source>Close other programs, or choose fewer bands; where it was a GPU's memory, choose the CPU.</source>
      <translation>请关闭其他程序，或选择更少的波段；如果是 GPU 的内存不足，请选择 CPU。</translation>
    </message>
    <message>
      <source>Close other programs, or clip the scores.</source>
      <translation>请关闭其他程序，或裁剪分数图。</translation>
    </message>
    <message>
      <source>Colour or multispectral photographs: objects of unusual colour.</source>
      <translation>彩色或多光谱影像：颜色异常的物体。</translation>
    </message>
    <message>
      <source>Continuing an interrupted run from {0}</source>
      <translation>正在从 {0} 处继续中断的运行</translation>
    </message>
    <message>
      <source>Copy or download the file again, or check it with “gdalinfo -checksum”.</source>
      <translation>请重新复制或下载该文件，或用“gdalinfo -checksum”检查。</translation>
    </message>
    <message>
      <source>Draw or choose a polygon that has an area.</source>
      <translation>请绘制或选择有面积的多边形。</translation>
    </message>
    <message>
      <source>Draw them on the layer, or check the CRS of both.</source>
      <translation>请在图层上绘制，或检查两者的坐标系。</translation>
    </message>
    <message>
      <source>Finds anomalies as objects like Mask DINO^Ada, with another way of telling them apart: compare the two where objects stand close together.</source>
      <translation>与 Mask DINO^Ada 一样把异常作为物体找出，但区分方式不同：物体靠得很近时可对比两者。</translation>
    </message>
    <message>
      <source>Finds anomalies as objects, each with an outline and a score of its own: for counting. Use it for ships, vehicles, hot spots and other things that stand apart.</source>
      <translation>把异常作为物体找出，每个物体有自己的轮廓和分数，适合计数。用于船舶、车辆、热点等独立的物体。</translation>
    </message>
    <message>
      <source>Finds objects and materials that do not belong, in any modality, without training: a network that weighs classical deviations with shape, size and surroundings.</source>
      <translation>无需训练即可在任何模态中找出不该出现的物体和材料：一个综合经典偏离度与形状、大小和周围环境的网络。</translation>
    </message>
    <message>
      <source>Finds pixels that cannot be mixed from the ring around them. Slow and thorough, for hyperspectral scenes of moderate size; objects larger than the inner window are hollowed out.</source>
      <translation>找出无法由周围环带混合得到的像素。速度慢但彻底，适合中等大小的高光谱场景；大于内窗的物体内部会变空。</translation>
    </message>
    <message>
      <source>Finds pixels that differ from the ring around them. Use it where the background changes across the scene; objects larger than the inner window are hollowed out.</source>
      <translation>找出与周围环带不同的像素。适合背景在场景中变化的情况；大于内窗的物体内部会变空。</translation>
    </message>
    <message>
      <source>Finds pixels whose values are rare in the whole scene. Quick and classical; best for hyperspectral and multispectral scenes. It does not look at shape or neighbourhood.</source>
      <translation>找出取值在整个场景中罕见的像素。快速而经典；最适合高光谱和多光谱场景。不考虑形状和邻域。</translation>
    </message>
    <message>
      <source>Finds what deviates from ground that you have outlined as normal, whatever its size: landslides on a slope, clearings, diseased stands. Needs a taught model.</source>
      <translation>找出偏离您圈定的正常地物的部分，无论大小：坡上的滑坡、林间空地、病害林分。需要已示教的模型。</translation>
    </message>
    <message>
      <source>Give --device cpu, or start workers on machines with GPUs only.</source>
      <translation>请使用 --device cpu，或只在有 GPU 的机器上启动工作进程。</translation>
    </message>
    <message>
      <source>Give 1 to 86400 seconds.</source>
      <translation>请给出 1 到 86400 秒。</translation>
    </message>
    <message>
      <source>Give a GeoPackage, shapefile or GeoJSON.</source>
      <translation>请给出 GeoPackage、shapefile 或 GeoJSON。</translation>
    </message>
    <message>
      <source>Give a folder of such weights, as resources/weights/uniadrs.</source>
      <translation>请给出含有此类权重的文件夹，例如 resources/weights/uniadrs。</translation>
    </message>
    <message>
      <source>Give a layer of polygons.</source>
      <translation>请给出多边形图层。</translation>
    </message>
    <message>
      <source>Give a name that ends in .gpkg; ogr2ogr makes other formats of it.</source>
      <translation>请给出以 .gpkg 结尾的名称；可用 ogr2ogr 将其转换为其他格式。</translation>
    </message>
    <message>
      <source>Give a number from {0} to {1}.</source>
      <translation>请给出 {0} 到 {1} 之间的数。</translation>
    </message>
    <message>
      <source>Give a number; NaN is never data.</source>
      <translation>请给出一个数字；NaN 从不是数据。</translation>
    </message>
    <message>
      <source>Give a percentage or a score, not both.</source>
      <translation>请给出百分比或分数，不要同时给出。</translation>
    </message>
    <message>
      <source>Give a score or a percentage.</source>
      <translation>请给出分数或百分比。</translation>
    </message>
    <message>
      <source>Give a text file with one path a line.</source>
      <translation>请给出每行一个路径的文本文件。</translation>
    </message>
    <message>
      <source>Give a whole number from 0.</source>
      <translation>请给出从 0 起的整数。</translation>
    </message>
    <message>
      <source>Give four numbers xmin ymin xmax ymax, or a polygon.</source>
      <translation>请给出四个数 xmin ymin xmax ymax，或一个多边形。</translation>
    </message>
    <message>
      <source>Give labels in the CRS of the scores.</source>
      <translation>请给出与分数相同坐标参照系的标注。</translation>
    </message>
    <message>
      <source>Give labels of one band, or of one colour.</source>
      <translation>请给出单波段或单一颜色的标注。</translation>
    </message>
    <message>
      <source>Give labels of the same size, or georeference both.</source>
      <translation>请给出同样大小的标注，或为两者都配准地理位置。</translation>
    </message>
    <message>
      <source>Give local, or local:N with N from 1.</source>
      <translation>请给出 local，或 local:N（N 从 1 起）。</translation>
    </message>
    <message>
      <source>Give one for each scene, or none at all.</source>
      <translation>请为每个场景各给一个，或者全都不给。</translation>
    </message>
    <message>
      <source>Give one like EPSG:4326.</source>
      <translation>请给出类似 EPSG:4326 的坐标系。</translation>
    </message>
    <message>
      <source>Give one like tcp://host:8786, or local, or local:4 for four processes on this machine.</source>
      <translation>请给出类似 tcp://host:8786 的地址，或 local，或 local:4 表示本机四个进程。</translation>
    </message>
    <message>
      <source>Give one value for each scene, or none at all.</source>
      <translation>请为每个场景各给一个值，或者全都不给。</translation>
    </message>
    <message>
      <source>Give polygons of normal ground for each scene, or one layer of polygons for all.</source>
      <translation>请为每个场景给出正常地物的多边形，或为全部场景给出一个多边形图层。</translation>
    </message>
    <message>
      <source>Give the area of interest in the CRS of {0}.</source>
      <translation>请以 {0} 的坐标系给出感兴趣区域。</translation>
    </message>
    <message>
      <source>Give workers more memory, or start fewer on a machine. {0}</source>
      <translation>请给工作进程更多内存，或在每台机器上少启动几个。{0}</translation>
    </message>
    <message>
      <source>Hyperspectral</source>
      <translation>高光谱</translation>
    </message>
    <message>
      <source>Infrared</source>
      <translation>红外</translation>
    </message>
    <message>
      <source>Install the extra “scaleout”; docs/scale-out.md says how.</source>
      <translation>请安装附加项“scaleout”；方法见 docs/scale-out.md。</translation>
    </message>
    <message>
      <source>Install the same version, with its extra “scaleout”, in the Python of every worker.</source>
      <translation>请在每个工作进程的 Python 中安装同一版本及其附加项“scaleout”。</translation>
    </message>
    <message>
      <source>Install the same versions on every worker, and start the workers again.</source>
      <translation>请在每个工作进程上安装相同版本，然后重新启动工作进程。</translation>
    </message>
    <message>
      <source>Install the same versions on every worker; the run goes on when it is started again.</source>
      <translation>请在每个工作进程上安装相同版本；重新启动后运行会继续。</translation>
    </message>
    <message>
      <source>Learning what is normal</source>
      <translation>正在学习什么是正常</translation>
    </message>
    <message>
      <source>Leave out --name.</source>
      <translation>请不要给出 --name。</translation>
    </message>
    <message>
      <source>Leave the model out, or choose the detector “asd”.</source>
      <translation>请不要给出模型，或选择检测器“asd”。</translation>
    </message>
    <message>
      <source>Let it run until the first heat map shows.</source>
      <translation>请让它运行到出现第一幅热力图。</translation>
    </message>
    <message>
      <source>Low light</source>
      <translation>微光</translation>
    </message>
    <message>
      <source>Make room on the disk that holds the folder of temporary files.</source>
      <translation>请在临时文件夹所在的磁盘上腾出空间。</translation>
    </message>
    <message>
      <source>Make room, or choose a folder on another disk.</source>
      <translation>请腾出空间，或选择其他磁盘上的文件夹。</translation>
    </message>
    <message>
      <source>Make room, or choose an output folder on another disk.</source>
      <translation>请腾出空间，或选择另一磁盘上的输出文件夹。</translation>
    </message>
    <message>
      <source>Many narrow bands: spectra that differ from the scene's.</source>
      <translation>许多窄波段：与场景中其他光谱不同的光谱。</translation>
    </message>
    <message>
      <source>Mask DINO^Ada (objects)</source>
      <translation>Mask DINO^Ada（物体）</translation>
    </message>
    <message>
      <source>Mask2Former^Ada (objects)</source>
      <translation>Mask2Former^Ada（物体）</translation>
    </message>
    <message>
      <source>Night-time imagery: lights where there are none around, or gaps in lights.</source>
      <translation>夜间影像：周围无光处的灯光，或灯光中的缺口。</translation>
    </message>
    <message>
      <source>No CUDA GPU found</source>
      <translation>未找到 CUDA GPU</translation>
    </message>
    <message>
      <source>No Dask scheduler answers at {0}.</source>
      <translation>{0} 处没有 Dask 调度器应答。</translation>
    </message>
    <message>
      <source>Nothing can be written in {0} ({1}).</source>
      <translation>无法在 {0} 中写入（{1}）。</translation>
    </message>
    <message>
      <source>Nothing is known of how the CRSs of {0} and {1} lie to each other.</source>
      <translation>无法得知 {0} 与 {1} 的坐标参照系之间的关系。</translation>
    </message>
    <message>
      <source>Nothing is known of how {0} and {1}, the CRS of {2}, lie to each other.</source>
      <translation>无法得知 {0} 与 {1}（{2} 的坐标系）之间的关系。</translation>
    </message>
    <message>
      <source>Nothing was written.</source>
      <translation>没有写入任何内容。</translation>
    </message>
    <message>
      <source>One name cannot be for many scenes.</source>
      <translation>一个名称不能用于多个场景。</translation>
    </message>
    <message>
      <source>One thermal or infrared band: spots warmer or colder than around them.</source>
      <translation>一个热红外或红外波段：比周围更热或更冷的点。</translation>
    </message>
    <message>
      <source>Outline more or larger pieces of normal ground, where the layer has data.</source>
      <translation>请在图层有数据的地方圈定更多或更大的正常地物。</translation>
    </message>
    <message>
      <source>Outline pieces that are at least {0} pixels wide.</source>
      <translation>请圈定至少 {0} 个像素宽的区域。</translation>
    </message>
    <message>
      <source>Please report it as a bug.</source>
      <translation>请作为错误报告。</translation>
    </message>
    <message>
      <source>Polygon</source>
      <translation>多边形</translation>
    </message>
    <message>
      <source>Press Set up engine in the dock, or choose a Python that has what pyproject.toml lists.</source>
      <translation>请在面板中点击“安装引擎”，或选择一个包含 pyproject.toml 所列内容的 Python。</translation>
    </message>
    <message>
      <source>Put scenes and results where all machines see them under one path, or give scenes by URL (/vsicurl/…).</source>
      <translation>请把场景和结果放在所有机器以同一路径可见的地方，或用 URL 给出场景（/vsicurl/…）。</translation>
    </message>
    <message>
      <source>Put the file back, or make the virtual raster anew without it.</source>
      <translation>请把文件放回原处，或重新制作不含它的虚拟栅格。</translation>
    </message>
    <message>
      <source>Put the file back, or run the detection again.</source>
      <translation>请把文件放回原处，或重新运行检测。</translation>
    </message>
    <message>
      <source>Put the scene where all machines see it under one path.</source>
      <translation>请把场景放在所有机器以同一路径可见的地方。</translation>
    </message>
    <message>
      <source>RX (global)</source>
      <translation>RX（全局）</translation>
    </message>
    <message>
      <source>RX (local, dual window)</source>
      <translation>RX（局部，双窗）</translation>
    </message>
    <message>
      <source>Radar amplitude, intensity or complex data: unusually strong or weak echoes.</source>
      <translation>雷达幅度、强度或复数数据：异常强或弱的回波。</translation>
    </message>
    <message>
      <source>Raise the threshold, or close other programs.</source>
      <translation>请提高阈值，或关闭其他程序。</translation>
    </message>
    <message>
      <source>Reading normal ground</source>
      <translation>正在读取正常地物</translation>
    </message>
    <message>
      <source>Reinstall the plugin, or choose the detector “rx”, which needs no weights.</source>
      <translation>请重新安装插件，或选择不需要权重的检测器“rx”。</translation>
    </message>
    <message>
      <source>Repair its polygons, or choose another layer.</source>
      <translation>请修复其多边形，或选择其他图层。</translation>
    </message>
    <message>
      <source>SAR</source>
      <translation>SAR</translation>
    </message>
    <message>
      <source>Save it from QGIS as a GeoPackage, with a CRS of its list.</source>
      <translation>请在 QGIS 中另存为 GeoPackage，并使用其列表中的坐标参考系。</translation>
    </message>
    <message>
      <source>Save it from QGIS with a CRS of its list, or assign one with gdal_edit.py -a_srs.</source>
      <translation>请在 QGIS 中用其列表中的坐标参考系另存，或用 gdal_edit.py -a_srs 指定一个。</translation>
    </message>
    <message>
      <source>Save it in another CRS, or assign the right one to it first.</source>
      <translation>请用其他坐标参考系保存，或先为它指定正确的坐标参考系。</translation>
    </message>
    <message>
      <source>Saving the model</source>
      <translation>正在保存模型</translation>
    </message>
    <message>
      <source>Scoring</source>
      <translation>正在评分</translation>
    </message>
    <message>
      <source>See the log; please report it as a bug.</source>
      <translation>请查看日志；请作为错误报告。</translation>
    </message>
    <message>
      <source>Set up the engine again, or choose another Python for it.</source>
      <translation>请重新安装引擎，或为其选择另一个 Python。</translation>
    </message>
    <message>
      <source>So many pixels reach the threshold that outlines lie where it cuts, slopes included. Raise the threshold for closer ones.</source>
      <translation>达到阈值的像元过多，轮廓就在阈值处，包括坡面。提高阈值可得到更紧的轮廓。</translation>
    </message>
    <message>
      <source>Some bands of {0} are combinations of others: a small ridge was added.</source>
      <translation>{0} 的某些波段是其他波段的组合：已加入小的岭项。</translation>
    </message>
    <message>
      <source>Start it again. {0}</source>
      <translation>请重新启动它。{0}</translation>
    </message>
    <message>
      <source>Start some with: dask worker SCHEDULER --nthreads 1.</source>
      <translation>请启动一些：dask worker SCHEDULER --nthreads 1。</translation>
    </message>
    <message>
      <source>Start some. {0}</source>
      <translation>请启动一些。{0}</translation>
    </message>
    <message>
      <source>Start the run on a machine with a GPU, or give --device cpu to leave the GPUs idle.</source>
      <translation>请在有 GPU 的机器上启动运行，或用 --device cpu 让 GPU 空闲。</translation>
    </message>
    <message>
      <source>Start the same run again: it goes on where it was.</source>
      <translation>请重新启动同一运行：它会从中断处继续。</translation>
    </message>
    <message>
      <source>Starting</source>
      <translation>正在启动</translation>
    </message>
    <message>
      <source>Teach a model on this layer, or choose the bands of the model in the toolbox or on the command line.</source>
      <translation>请在此图层上示教模型，或在工具箱或命令行中选择该模型的波段。</translation>
    </message>
    <message>
      <source>Teach from layers with the same bands, or choose the bands to use.</source>
      <translation>请用波段相同的图层示教，或选择要使用的波段。</translation>
    </message>
    <message>
      <source>Teach one, or choose one that is shipped: {0}.</source>
      <translation>请示教一个，或选择随附的模型之一：{0}。</translation>
    </message>
    <message>
      <source>Teaching was stopped before anything was learned; nothing was saved.</source>
      <translation>在学到任何东西之前示教已停止；没有保存任何内容。</translation>
    </message>
    <message>
      <source>Teaching went astray at step {0} (the loss is not finite). What was learned up to step {1} was kept.</source>
      <translation>示教在第 {0} 步失控（损失不是有限值）。已保留到第 {1} 步学到的内容。</translation>
    </message>
    <message>
      <source>Teaching went astray before anything was learned (the loss is not finite); nothing was saved.</source>
      <translation>在学到任何东西之前示教已失控（损失不是有限值）；没有保存任何内容。</translation>
    </message>
    <message>
      <source>The CRS of {0} is not tied to the Earth: areas are in pixels.</source>
      <translation>{0} 的坐标系与地球无关：面积以像素计。</translation>
    </message>
    <message>
      <source>The Dask scheduler at {0} has no workers.</source>
      <translation>{0} 处的 Dask 调度器没有工作进程。</translation>
    </message>
    <message>
      <source>The Dask scheduler dropped the run.</source>
      <translation>Dask 调度器放弃了该运行。</translation>
    </message>
    <message>
      <source>The Dask scheduler has gone away.</source>
      <translation>Dask 调度器已消失。</translation>
    </message>
    <message>
      <source>The GPU has too little free memory for this scene: it was scored on the CPU, which takes longer. Close other programs that use the GPU and run again for its speed.</source>
      <translation>GPU 的可用内存不足以处理此场景：已改用 CPU 评分，耗时更长。请关闭占用 GPU 的其他程序后重新运行以加快速度。</translation>
    </message>
    <message>
      <source>The Python at {0} cannot load a package: {1}.</source>
      <translation>{0} 处的 Python 无法加载软件包：{1}。</translation>
    </message>
    <message>
      <source>The Python at {0} is {1}; the engine needs 3.10 or newer.</source>
      <translation>{0} 处的 Python 版本为 {1}；引擎需要 3.10 或更高版本。</translation>
    </message>
    <message>
      <source>The Python at {0} lacks {1}.</source>
      <translation>{0} 处的 Python 缺少 {1}。</translation>
    </message>
    <message>
      <source>The area of interest cannot be expressed in the CRS of {0}.</source>
      <translation>感兴趣区域无法用 {0} 的坐标系表示。</translation>
    </message>
    <message>
      <source>The area of interest cannot be understood.</source>
      <translation>无法理解感兴趣区域。</translation>
    </message>
    <message>
      <source>The area of interest is empty.</source>
      <translation>感兴趣区域为空。</translation>
    </message>
    <message>
      <source>The bands of {0} are not in order of their wavelengths; they were put in that order.</source>
      <translation>{0} 的波段没有按波长排列；已按波长排列。</translation>
    </message>
    <message>
      <source>The checkpoints in {0} are for {1} bands, the scenes have {2}</source>
      <translation>{0} 中的检查点用于 {1} 个波段，而场景有 {2} 个</translation>
    </message>
    <message>
      <source>The checkpoints in {0} are not laid out as those of ASD ({1})</source>
      <translation>{0} 中检查点的布局与 ASD 的不同（{1}）</translation>
    </message>
    <message>
      <source>The chosen extent or area covers no pixel of {0}.</source>
      <translation>所选范围或区域没有覆盖 {0} 的任何像素。</translation>
    </message>
    <message>
      <source>The cluster has no workers any more.</source>
      <translation>集群已没有工作进程。</translation>
    </message>
    <message>
      <source>The coordinates of {0} do not fit its CRS, {1}: areas are in pixels.</source>
      <translation>{0} 的坐标与其坐标系 {1} 不符：面积以像素计。</translation>
    </message>
    <message>
      <source>The detector “{0}” takes no model, but “{1}” was given.</source>
      <translation>检测器“{0}”不使用模型，但给出了“{1}”。</translation>
    </message>
    <message>
      <source>The device “{0}” is not available here.</source>
      <translation>设备“{0}”在此不可用。</translation>
    </message>
    <message>
      <source>The engine failed unexpectedly ({0}: {1}).</source>
      <translation>引擎意外失败（{0}：{1}）。</translation>
    </message>
    <message>
      <source>The engine failed unexpectedly at {0} ({1}: {2}).</source>
      <translation>引擎在 {0} 处意外失败（{1}：{2}）。</translation>
    </message>
    <message>
      <source>The georeference of {0} gives its pixels no size: results are in pixel coordinates. Georeference it first.</source>
      <translation>{0} 的地理参考没有给出像元大小：结果采用像元坐标。请先进行地理配准。</translation>
    </message>
    <message>
      <source>The heat map {0} is not there any more ({1}).</source>
      <translation>热力图 {0} 已不存在（{1}）。</translation>
    </message>
    <message>
      <source>The labels leave no valid pixel of {0} {1}.</source>
      <translation>标注使 {0} 没有有效像素{1}。</translation>
    </message>
    <message>
      <source>The list of scenes {0} cannot be read.</source>
      <translation>无法读取场景列表 {0}。</translation>
    </message>
    <message>
      <source>The model card {0} cannot be read.</source>
      <translation>无法读取模型卡 {0}。</translation>
    </message>
    <message>
      <source>The model in {0} cannot be read ({1}).</source>
      <translation>无法读取 {0} 中的模型（{1}）。</translation>
    </message>
    <message>
      <source>The model “{0}” was taught on the bands {1}; {2} has {3}. Scores mean something only where they are the same.</source>
      <translation>模型“{0}”是用波段 {1} 示教的；{2} 有 {3}。只有两者相同时分数才有意义。</translation>
    </message>
    <message>
      <source>The model “{0}” was taught on {1} bands; {2} has {3}.</source>
      <translation>模型“{0}”是用 {1} 个波段示教的；{2} 有 {3} 个。</translation>
    </message>
    <message>
      <source>The parameter “{0}” of a {1} request is of the wrong kind: {2}.</source>
      <translation>{1} 请求的参数“{0}”类型不正确：{2}。</translation>
    </message>
    <message>
      <source>The polygons of normal ground are so narrow that only {0} of their pixels lie in every fourth row and column, which are learned from.</source>
      <translation>正常地物的多边形过窄，学习只取每第四行和每第四列，而其中仅有 {0} 个像素落在上面。</translation>
    </message>
    <message>
      <source>The polygons of normal ground do not touch {0}.</source>
      <translation>正常地物的多边形与 {0} 不相交。</translation>
    </message>
    <message>
      <source>The polygons of normal ground hold {0} valid pixels; at least {1} are needed.</source>
      <translation>正常地物的多边形内有 {0} 个有效像素；至少需要 {1} 个。</translation>
    </message>
    <message>
      <source>The projection of {0} is not known here: areas are in pixels.</source>
      <translation>此处不认识 {0} 的投影：面积以像素计。</translation>
    </message>
    <message>
      <source>The results cannot be written in {0} ({1}).</source>
      <translation>结果无法写入 {0}（{1}）。</translation>
    </message>
    <message>
      <source>The run was cancelled.</source>
      <translation>运行已取消。</translation>
    </message>
    <message>
      <source>The seed cannot be {0}.</source>
      <translation>随机种子不能为 {0}。</translation>
    </message>
    <message>
      <source>The threshold is given twice.</source>
      <translation>阈值给出了两次。</translation>
    </message>
    <message>
      <source>The time cannot be {0} s.</source>
      <translation>时间不能为 {0} 秒。</translation>
    </message>
    <message>
      <source>The value {0} cannot be named as no data.</source>
      <translation>值 {0} 不能指定为无数据。</translation>
    </message>
    <message>
      <source>The weights file {0} is missing.</source>
      <translation>缺少权重文件 {0}。</translation>
    </message>
    <message>
      <source>The weights file {0} is not the one that its model card describes.</source>
      <translation>权重文件 {0} 与其模型卡的描述不符。</translation>
    </message>
    <message>
      <source>The weights in {0} are not those of a {1} network of UniADRS.</source>
      <translation>{0} 中的权重不是 UniADRS 的 {1} 网络的权重。</translation>
    </message>
    <message>
      <source>The worker {0} cannot load Anomaly Lens ({1}).</source>
      <translation>工作进程 {0} 无法加载 Anomaly Lens（{1}）。</translation>
    </message>
    <message>
      <source>The worker {0} has a GPU, but this machine, which prepares the run, has none.</source>
      <translation>工作进程 {0} 有 GPU，而准备运行的本机没有。</translation>
    </message>
    <message>
      <source>The worker {0} has no device “{1}”, which this machine has.</source>
      <translation>工作进程 {0} 没有本机所有的设备“{1}”。</translation>
    </message>
    <message>
      <source>The worker {0} has {1}: its results would not be those of this machine.</source>
      <translation>工作进程 {0} 装有 {1}：其结果与本机的不会相同。</translation>
    </message>
    <message>
      <source>The {0} bands of {1} say different things of where anomalies are.</source>
      <translation>{1} 的 {0} 个波段对异常位置的标注不一致。</translation>
    </message>
    <message>
      <source>The {0} cannot be {1}.</source>
      <translation>{0}不能为 {1}。</translation>
    </message>
    <message>
      <source>The {0} ground control points of {1} do not say where it lies: results are in pixel coordinates. Georeference it first.</source>
      <translation>{1} 的 {0} 个地面控制点无法确定其位置：结果为像素坐标。请先进行地理配准。</translation>
    </message>
    <message>
      <source>There is no method “{0}”.</source>
      <translation>没有方法“{0}”。</translation>
    </message>
    <message>
      <source>There is no modality called “{0}”.</source>
      <translation>没有名为“{0}”的模态。</translation>
    </message>
    <message>
      <source>There is no outline called “{0}”.</source>
      <translation>没有名为“{0}”的轮廓。</translation>
    </message>
    <message>
      <source>There is no room left for {0}.</source>
      <translation>没有空间存放 {0}。</translation>
    </message>
    <message>
      <source>There is no room left in {0}.</source>
      <translation>{0} 中没有剩余空间。</translation>
    </message>
    <message>
      <source>There is not enough memory to make polygons of {0}.</source>
      <translation>没有足够的内存为 {0} 生成多边形。</translation>
    </message>
    <message>
      <source>There is not enough memory to measure {0}.</source>
      <translation>没有足够的内存来评估 {0}。</translation>
    </message>
    <message>
      <source>There is not enough memory to score {0}.</source>
      <translation>没有足够的内存为 {0} 评分。</translation>
    </message>
    <message>
      <source>There is not enough memory to teach {0}.</source>
      <translation>没有足够的内存示教 {0}。</translation>
    </message>
    <message>
      <source>This Python has no dask.distributed, which runs over many processes need.</source>
      <translation>此 Python 没有多进程运行所需的 dask.distributed。</translation>
    </message>
    <message>
      <source>This is a bug: report it.</source>
      <translation>这是程序错误：请报告。</translation>
    </message>
    <message>
      <source>UniADRS (pretrained)</source>
      <translation>UniADRS（预训练）</translation>
    </message>
    <message>
      <source>Update its driver, or choose the CPU in the options.</source>
      <translation>请更新其驱动，或在选项中选择 CPU。</translation>
    </message>
    <message>
      <source>Update the plugin.</source>
      <translation>请更新插件。</translation>
    </message>
    <message>
      <source>Use letters and digits.</source>
      <translation>请使用字母和数字。</translation>
    </message>
    <message>
      <source>Visible and multispectral</source>
      <translation>可见光和多光谱</translation>
    </message>
    <message>
      <source>Workers died again and again at one piece of work, most likely for lack of memory.</source>
      <translation>工作进程在同一项工作上一再终止，很可能是内存不足。</translation>
    </message>
    <message>
      <source>Writing heat map and polygons</source>
      <translation>正在写入热力图和多边形</translation>
    </message>
    <message>
      <source>area of holes to fill</source>
      <translation>要填充的孔洞面积</translation>
    </message>
    <message>
      <source>by each scene's own mean and deviation</source>
      <translation>按各场景自身的均值和标准差</translation>
    </message>
    <message>
      <source>local:0 has no worker.</source>
      <translation>local:0 没有工作进程。</translation>
    </message>
    <message>
      <source>merge distance</source>
      <translation>合并距离</translation>
    </message>
    <message>
      <source>minimum area</source>
      <translation>最小面积</translation>
    </message>
    <message>
      <source>share of the peak</source>
      <translation>峰值比例</translation>
    </message>
    <message>
      <source>threshold in percent</source>
      <translation>百分比阈值</translation>
    </message>
    <message>
      <source>threshold score</source>
      <translation>分数阈值</translation>
    </message>
    <message>
      <source>{0} ({1} in the file)</source>
      <translation>{0}（文件中为 {1}）</translation>
    </message>
    <message>
      <source>{0} GB</source>
      <translation>{0} GB</translation>
    </message>
    <message>
      <source>{0} MB</source>
      <translation>{0} MB</translation>
    </message>
    <message>
      <source>{0} bands</source>
      <translation>{0} 个波段</translation>
    </message>
    <message>
      <source>{0} bands of {1} hold one value only and were left out.</source>
      <translation>{1} 的 {0} 个波段只有一个值，已略去。</translation>
    </message>
    <message>
      <source>{0} bands that {1} marks as bad were left out.</source>
      <translation>{1} 标记为坏的 {0} 个波段已略去。</translation>
    </message>
    <message>
      <source>{0} came to be there during the teaching: the model is {1}.</source>
      <translation>{0} 在示教期间已被占用：模型位于 {1}。</translation>
    </message>
    <message>
      <source>{0} cannot be read to its end: it is truncated or damaged.</source>
      <translation>{0} 无法读到末尾：文件被截断或损坏。</translation>
    </message>
    <message>
      <source>{0} cannot be read to its end: {1}, which it is made of, does not exist.</source>
      <translation>{0} 无法读到末尾：组成它的 {1} 不存在。</translation>
    </message>
    <message>
      <source>{0} cannot be read: names of its CRS, layers or fields are not in UTF-8.</source>
      <translation>无法读取 {0}：其坐标参考系、图层或字段的名称不是 UTF-8。</translation>
    </message>
    <message>
      <source>{0} cannot be read: the name of its CRS has letters that are not in UTF-8.</source>
      <translation>无法读取 {0}：其坐标参考系的名称含有非 UTF-8 的字符。</translation>
    </message>
    <message>
      <source>{0} cannot be written ({1}).</source>
      <translation>{0} 无法写入（{1}）。</translation>
    </message>
    <message>
      <source>{0} cannot compute: {1}</source>
      <translation>{0} 无法计算：{1}</translation>
    </message>
    <message>
      <source>{0} computes wrongly: a convolution is off by {1}.</source>
      <translation>{0} 计算有误：一次卷积相差 {1}。</translation>
    </message>
    <message>
      <source>{0} does not exist.</source>
      <translation>{0} 不存在。</translation>
    </message>
    <message>
      <source>{0} does not say its threshold.</source>
      <translation>{0} 没有说明其阈值。</translation>
    </message>
    <message>
      <source>{0} exists already.</source>
      <translation>{0} 已存在。</translation>
    </message>
    <message>
      <source>{0} has bands 1 to {1}, not {2}.</source>
      <translation>{0} 有波段 1 到 {1}，没有 {2}。</translation>
    </message>
    <message>
      <source>{0} has corners at infinity.</source>
      <translation>{0} 含有无穷远的顶点。</translation>
    </message>
    <message>
      <source>{0} has no band of its own.</source>
      <translation>{0} 没有自己的波段。</translation>
    </message>
    <message>
      <source>{0} has no valid pixel in the chosen area: all are nodata, masked, outside, not a number or beyond ±1e36.</source>
      <translation>{0} 在所选区域内没有有效像素：全部为 nodata、被掩膜、在区域之外、不是数值或超出 ±1e36。</translation>
    </message>
    <message>
      <source>{0} has {1} bands, {2} has {3}.</source>
      <translation>{0} 有 {1} 个波段，{2} 有 {3} 个。</translation>
    </message>
    <message>
      <source>{0} has {1} bands: it is no heat map.</source>
      <translation>{0} 有 {1} 个波段：它不是热力图。</translation>
    </message>
    <message>
      <source>{0} has {1} bands; at most {2} can be used.</source>
      <translation>{0} 有 {1} 个波段；最多可使用 {2} 个。</translation>
    </message>
    <message>
      <source>{0} has {1} bands; the hyperspectral modality needs {2} or more.</source>
      <translation>{0} 有 {1} 个波段；高光谱模态需要 {2} 个或更多。</translation>
    </message>
    <message>
      <source>{0} has {1} bands; the modality {2} takes up to {3}.</source>
      <translation>{0} 有 {1} 个波段；模态 {2} 最多接受 {3} 个。</translation>
    </message>
    <message>
      <source>{0} has {1} free; the run may need {2}.</source>
      <translation>{0} 有 {1} 可用；运行可能需要 {2}。</translation>
    </message>
    <message>
      <source>{0} has {1} layers: the polygons are those of the first, “{2}”.</source>
      <translation>{0} 有 {1} 个图层：多边形取自第一个图层“{2}”。</translation>
    </message>
    <message>
      <source>{0} has {1} valid pixels in the chosen area, fewer than are needed for {2} bands.</source>
      <translation>{0} 在所选区域内有 {1} 个有效像素，少于 {2} 个波段所需的数量。</translation>
    </message>
    <message>
      <source>{0} has {1} x {2} pixels, {3} {4} x {5}, and they do not both say where they lie.</source>
      <translation>{0} 有 {1} x {2} 像素，{3} 有 {4} x {5} 像素，且两者没有都说明所处位置。</translation>
    </message>
    <message>
      <source>{0} holds no polygon.</source>
      <translation>{0} 没有多边形。</translation>
    </message>
    <message>
      <source>{0} holds no weights that can be read safely ({1})</source>
      <translation>{0} 没有能够安全读取的权重（{1}）</translation>
    </message>
    <message>
      <source>{0} holds no weights.</source>
      <translation>{0} 没有权重。</translation>
    </message>
    <message>
      <source>{0} holds nothing but an alpha band.</source>
      <translation>{0} 只有 alpha 波段。</translation>
    </message>
    <message>
      <source>{0} holds numbers of a colour table, not colours: scores compare the numbers as they are. If it is a picture, convert it to RGB first (gdal_translate -expand rgb).</source>
      <translation>{0} 存储的是颜色表中的编号而不是颜色：分数直接比较这些编号。如果它是图片，请先转换为 RGB（gdal_translate -expand rgb）。</translation>
    </message>
    <message>
      <source>{0} holds one single value in the chosen area: nothing can deviate.</source>
      <translation>{0} 在所选区域内只有一个值：没有什么可以偏离。</translation>
    </message>
    <message>
      <source>{0} holds something else than tensors</source>
      <translation>{0} 中含有张量以外的内容</translation>
    </message>
    <message>
      <source>{0} holds values beyond ±1e36, which are no measurements but fill values: these pixels were left out. If more than a few are concerned, declare the file's nodata value.</source>
      <translation>{0} 含有超出 ±1e36 的数值，它们不是测量值而是填充值：这些像素已被排除。如果数量较多，请声明该文件的 nodata 值。</translation>
    </message>
    <message>
      <source>{0} holds values from {1} to {2}: scores run from 0 to 1.</source>
      <translation>{0} 的值为 {1} 到 {2}：分数应为 0 到 1。</translation>
    </message>
    <message>
      <source>{0} holds {1} files {2} and {3} {4}</source>
      <translation>{0} 有 {1} 个文件 {2} 和 {3} 个 {4}</translation>
    </message>
    <message>
      <source>{0} holds {1} images, and only the first was looked at. The others have names of their own, such as {2}.</source>
      <translation>{0} 含有 {1} 幅图像，只检查了第一幅。其余的各有自己的名称，例如 {2}。</translation>
    </message>
    <message>
      <source>{0} holds {1} in all bands where it ends, and declares no nodata value: these pixels were left out. If they are data, set another “additional no data value” in the layer's properties, under transparency, and run again.</source>
      <translation>{0} 边缘处的所有波段均为 {1}，且未声明无数据值：这些像元已被排除。如果它们是数据，请在图层属性的“透明度”中设置另一个“附加无数据值”，然后重新运行。</translation>
    </message>
    <message>
      <source>{0} is a folder, not a raster.</source>
      <translation>{0} 是文件夹，不是栅格。</translation>
    </message>
    <message>
      <source>{0} is another file on {1}.</source>
      <translation>{0} 在 {1} 上是另一个文件。</translation>
    </message>
    <message>
      <source>{0} is in {1}, a CRS that is not known here.</source>
      <translation>{0} 使用 {1}，这里不认识这个坐标参考系。</translation>
    </message>
    <message>
      <source>{0} is no name of a GeoPackage, and nothing else is written.</source>
      <translation>{0} 不是 GeoPackage 的名称，而这里只写入 GeoPackage。</translation>
    </message>
    <message>
      <source>{0} is not a model that ASD can use ({1}).</source>
      <translation>{0} 不是 ASD 可以使用的模型（{1}）。</translation>
    </message>
    <message>
      <source>{0} is not a raster that can be read ({1}).</source>
      <translation>{0} 不是可以读取的栅格（{1}）。</translation>
    </message>
    <message>
      <source>{0} is not a vector file that can be read.</source>
      <translation>{0} 不是可以读取的矢量文件。</translation>
    </message>
    <message>
      <source>{0} is not the folder of a taught model.</source>
      <translation>{0} 不是已示教模型的文件夹。</translation>
    </message>
    <message>
      <source>{0} is placed by RPCs alone, which are not used: results are in pixel coordinates. Orthorectify it first.</source>
      <translation>{0} 仅由 RPC 定位，RPC 未被使用：结果为像素坐标。请先正射校正。</translation>
    </message>
    <message>
      <source>{0} is placed by the longitude and latitude of each pixel alone, which are not used: results are in pixel coordinates. Warp it first (gdalwarp -geoloc).</source>
      <translation>{0} 仅由每个像素的经纬度定位，经纬度未被使用：结果为像素坐标。请先重投影（gdalwarp -geoloc）。</translation>
    </message>
    <message>
      <source>{0} is stored in pieces so large that each is unpacked about {1} times, which takes long. For speed, save it in small tiles (gdal_translate -co TILED=YES -co COMPRESS=DEFLATE).</source>
      <translation>{0} 以很大的数据块存储，每块要解压约 {1} 次，因此耗时很长。为提高速度，请将其另存为小瓦片（gdal_translate -co TILED=YES -co COMPRESS=DEFLATE）。</translation>
    </message>
    <message>
      <source>{0} is there already.</source>
      <translation>{0} 已经存在。</translation>
    </message>
    <message>
      <source>{0} is too large for an overview: what covers hundreds of pixels may be missed. Cut it into scenes of at most 131,072 by 131,072 pixels.</source>
      <translation>{0} 过大，无法生成概览：覆盖数百像素的目标可能会被漏掉。请将其切分为不超过 131,072 × 131,072 像素的场景。</translation>
    </message>
    <message>
      <source>{0} more anomalies were left out: only the {1} highest are kept.</source>
      <translation>另有 {0} 个异常被略去：只保留分数最高的 {1} 个。</translation>
    </message>
    <message>
      <source>{0} more anomalies were left out: only the {1} with the highest scores are kept. Raise the threshold or the minimum area.</source>
      <translation>另有 {0} 个异常被略去：只保留分数最高的 {1} 个。请提高阈值或最小面积。</translation>
    </message>
    <message>
      <source>{0} of the workers, {1} among them: {2}</source>
      <translation>{0} 个工作进程，其中有 {1}：{2}</translation>
    </message>
    <message>
      <source>{0} of {1} scenes</source>
      <translation>{1} 个场景中的 {0} 个</translation>
    </message>
    <message>
      <source>{0} scenes were given, and CRSs for {1}.</source>
      <translation>给出了 {0} 个场景，却有 {1} 个场景的坐标参照系。</translation>
    </message>
    <message>
      <source>{0} scenes were given, and normal ground for {1}.</source>
      <translation>给出了 {0} 个场景，而正常地物对应 {1} 个。</translation>
    </message>
    <message>
      <source>{0} scenes were given, and values that mean no data for {1}.</source>
      <translation>给出了 {0} 个场景，但无数据值是 {1} 个场景的。</translation>
    </message>
    <message>
      <source>{0} {1} instead of {2}</source>
      <translation>{0} 为 {1}，而不是 {2}</translation>
    </message>
    <message>
      <source>{0}, another run is at the rest</source>
      <translation>{0}，其余由另一个运行处理</translation>
    </message>
    <message>
      <source>{0}, complex values</source>
      <translation>{0}，复数值</translation>
    </message>
    <message>
      <source>{0}, thermal wavelengths</source>
      <translation>{0}，热红外波长</translation>
    </message>
    <message>
      <source>{0}, {1} pixels</source>
      <translation>{0}，{1} 像素</translation>
    </message>
    <message>
      <source>{0}, “{1}” in name or tags</source>
      <translation>{0}，名称或标签中有“{1}”</translation>
    </message>
    <message>
      <source>“{0}” is not a CRS.</source>
      <translation>“{0}”不是坐标系。</translation>
    </message>
    <message>
      <source>“{0}” is not the address of a Dask scheduler.</source>
      <translation>“{0}”不是 Dask 调度器的地址。</translation>
    </message>
  </context>
  <context>
    <name>EngineEnvironment</name>
    <message>
      <source>No Python was found for the engine.</source>
      <translation>未找到供引擎使用的 Python。</translation>
    </message>
    <message>
      <source>Press Set up engine in the dock, or choose a Python under Settings &gt; Options &gt; Anomaly Lens.</source>
      <translation>请在面板中按“安装引擎”，或在 设置 &gt; 选项 &gt; Anomaly Lens 中选择 Python。</translation>
    </message>
    <message>
      <source>the options</source>
      <translation>选项</translation>
    </message>
    <message>
      <source>{path}, set in {origin} as the engine's Python, does not exist.</source>
      <translation>{origin} 中设为引擎 Python 的 {path} 不存在。</translation>
    </message>
  </context>
  <context>
    <name>EngineSetup</name>
    <message>
      <source>A downloaded file is damaged, or not the one that was tested.</source>
      <translation>下载的文件已损坏，或不是经过测试的那个文件。</translation>
    </message>
    <message>
      <source>A package could not be installed.</source>
      <translation>有一个软件包无法安装。</translation>
    </message>
    <message>
      <source>A package is not there for this system and Python.</source>
      <translation>没有适用于此系统和 Python 的软件包。</translation>
    </message>
    <message>
      <source>Anomaly Lens: checking a Python</source>
      <translation>Anomaly Lens：正在检查 Python</translation>
    </message>
    <message>
      <source>Anomaly Lens: looking for Pythons</source>
      <translation>Anomaly Lens：正在查找 Python</translation>
    </message>
    <message>
      <source>Anomaly Lens: removing the engine</source>
      <translation>Anomaly Lens：正在移除引擎</translation>
    </message>
    <message>
      <source>Anomaly Lens: setting up the engine</source>
      <translation>Anomaly Lens：正在安装引擎</translation>
    </message>
    <message>
      <source>Another QGIS is setting up the engine (process {pid}, {program}).</source>
      <translation>另一个 QGIS 正在安装引擎（进程 {pid}，{program}）。</translation>
    </message>
    <message>
      <source>Check the network and press Set up engine again: finished downloads are kept. Without a network, give a folder of wheels in the options.</source>
      <translation>请检查网络，然后再次按“安装引擎”：已完成的下载会保留。没有网络时，请在选项中指定安装包文件夹。</translation>
    </message>
    <message>
      <source>Check the package sources in the options, or choose another Python there.</source>
      <translation>请检查选项中的软件包来源，或在那里选择另一个 Python。</translation>
    </message>
    <message>
      <source>Checking: a convolution on the device</source>
      <translation>正在检查：在设备上做一次卷积</translation>
    </message>
    <message>
      <source>Choose another Python in the options.</source>
      <translation>请在选项中选择另一个 Python。</translation>
    </message>
    <message>
      <source>Choose the right folder, or leave it empty to download the packages.</source>
      <translation>请选择正确的文件夹，或留空以下载软件包。</translation>
    </message>
    <message>
      <source>Close other QGIS windows and try again, or set ANOMALY_LENS_HOME to a folder of your own.</source>
      <translation>请关闭其他 QGIS 窗口后重试，或将 ANOMALY_LENS_HOME 设为您自己的文件夹。</translation>
    </message>
    <message>
      <source>Downloading {package}</source>
      <translation>正在下载 {package}</translation>
    </message>
    <message>
      <source>Downloading {package}: {come} of {size} MB</source>
      <translation>正在下载 {package}：{come} / {size} MB</translation>
    </message>
    <message>
      <source>Enter the proxy with its user and password under Settings &gt; Options &gt; Network, then try again.</source>
      <translation>请在 设置 &gt; 选项 &gt; 网络 中输入代理及其用户和密码，然后重试。</translation>
    </message>
    <message>
      <source>Free some space and press Set up engine again: finished downloads are kept.</source>
      <translation>请释放一些空间，然后再次按“安装引擎”：已完成的下载会保留。</translation>
    </message>
    <message>
      <source>Free some space, or set ANOMALY_LENS_HOME to a folder on another disk.</source>
      <translation>请释放一些空间，或将 ANOMALY_LENS_HOME 设为另一磁盘上的文件夹。</translation>
    </message>
    <message>
      <source>Install one from python.org, which takes a few clicks, then press Set up engine again. It changes nothing in QGIS.</source>
      <translation>请从 python.org 安装一个，只需点击几下，然后再次按“安装引擎”。这不会改动 QGIS。</translation>
    </message>
    <message>
      <source>Installing {count} small packages</source>
      <translation>正在安装 {count} 个小软件包</translation>
    </message>
    <message>
      <source>Installing {package}: {size} MB</source>
      <translation>正在安装 {package}：{size} MB</translation>
    </message>
    <message>
      <source>Looking for a Python</source>
      <translation>正在查找 Python</translation>
    </message>
    <message>
      <source>Make room or rights there.</source>
      <translation>请在那里腾出空间或授予权限。</translation>
    </message>
    <message>
      <source>Making an environment</source>
      <translation>正在建立环境</translation>
    </message>
    <message>
      <source>No NVIDIA card was found: the engine will use the processor.</source>
      <translation>未找到 NVIDIA 显卡：引擎将使用处理器。</translation>
    </message>
    <message>
      <source>No Python from {oldest} to {newest} was found to make the engine from.</source>
      <translation>未找到可用于建立引擎的 Python {oldest} 至 {newest}。</translation>
    </message>
    <message>
      <source>On a Mac with Apple's own processor, install a Python from python.org, which runs for it, too, and press Set up engine again; or use a QGIS that is made for it.</source>
      <translation>在使用 Apple 芯片的 Mac 上，请从 python.org 安装 Python（它也支持该芯片），然后再次按“安装引擎”；或使用为其构建的 QGIS。</translation>
    </message>
    <message>
      <source>Please report this with the diagnostics.</source>
      <translation>请附上诊断信息报告。</translation>
    </message>
    <message>
      <source>Press Repair, or copy the diagnostics for a report.</source>
      <translation>请按“修复”，或复制诊断信息用于报告。</translation>
    </message>
    <message>
      <source>Press Set up engine again. If it stays so, your package index changes files.</source>
      <translation>请再次按“安装引擎”。如果仍然如此，说明您的软件包索引更改了文件。</translation>
    </message>
    <message>
      <source>PyTorch is not made for Intel's Macs any more, and QGIS runs as on one.</source>
      <translation>PyTorch 已不再支持 Intel 芯片的 Mac，而 QGIS 正以该方式运行。</translation>
    </message>
    <message>
      <source>Removing the engine</source>
      <translation>正在移除引擎</translation>
    </message>
    <message>
      <source>Set ANOMALY_LENS_HOME to a folder with a short path, or have long paths enabled in Windows.</source>
      <translation>请将 ANOMALY_LENS_HOME 设为路径较短的文件夹，或在 Windows 中启用长路径。</translation>
    </message>
    <message>
      <source>The Python that the engine is made from cannot download: it lacks OpenSSL.</source>
      <translation>用来创建引擎的 Python 无法下载：缺少 OpenSSL。</translation>
    </message>
    <message>
      <source>The details show what pip said; Copy diagnostics makes a report.</source>
      <translation>详细信息中有 pip 的输出；“复制诊断信息”可生成报告。</translation>
    </message>
    <message>
      <source>The disk is full.</source>
      <translation>磁盘已满。</translation>
    </message>
    <message>
      <source>The download server cannot be reached.</source>
      <translation>无法访问下载服务器。</translation>
    </message>
    <message>
      <source>The engine does not work with {python} (exit code {code}).</source>
      <translation>引擎无法使用 {python}（退出码 {code}）。</translation>
    </message>
    <message>
      <source>The engine is at work.</source>
      <translation>引擎正在工作。</translation>
    </message>
    <message>
      <source>The engine is ready</source>
      <translation>引擎已就绪</translation>
    </message>
    <message>
      <source>The engine will use the processor.</source>
      <translation>引擎将使用处理器。</translation>
    </message>
    <message>
      <source>The folder of wheels has PyTorch for “{build}”.</source>
      <translation>安装包文件夹中的 PyTorch 适用于“{build}”。</translation>
    </message>
    <message>
      <source>The path of the engine's folder is too long for Windows.</source>
      <translation>引擎文件夹的路径对 Windows 来说太长。</translation>
    </message>
    <message>
      <source>The proxy does not let the download through.</source>
      <translation>代理不允许下载。</translation>
    </message>
    <message>
      <source>The server's certificate is not trusted.</source>
      <translation>服务器的证书不受信任。</translation>
    </message>
    <message>
      <source>The set-up failed unexpectedly: {reason}.</source>
      <translation>安装意外失败：{reason}。</translation>
    </message>
    <message>
      <source>The set-up was cancelled.</source>
      <translation>安装已取消。</translation>
    </message>
    <message>
      <source>There are no wheels in {folder}, the folder of wheels in the options.</source>
      <translation>选项中的安装包文件夹 {folder} 里没有 wheel 安装包。</translation>
    </message>
    <message>
      <source>This computer</source>
      <translation>本机</translation>
    </message>
    <message>
      <source>Wait for its end, or cancel it, then try again.</source>
      <translation>请等待其结束或取消它，然后重试。</translation>
    </message>
    <message>
      <source>Wait until it is done; this QGIS finds the engine then.</source>
      <translation>请等待其完成；之后此 QGIS 就能找到引擎。</translation>
    </message>
    <message>
      <source>With an index of PyTorch's builds in the options, {size} GB are downloaded.</source>
      <translation>在选项中给出 PyTorch 构建索引时，将下载 {size} GB。</translation>
    </message>
    <message>
      <source>Your network may look into encrypted traffic: add its certificate authority under Settings &gt; Options &gt; Authentication &gt; Manage Certificates, or ask who runs the network.</source>
      <translation>您的网络可能会检查加密流量：请在 设置 &gt; 选项 &gt; 认证 &gt; 管理证书 中添加其证书颁发机构，或询问网络管理员。</translation>
    </message>
    <message>
      <source>{folder} has {free} GB free; the engine needs {needed} GB.</source>
      <translation>{folder} 有 {free} GB 可用；引擎需要 {needed} GB。</translation>
    </message>
    <message>
      <source>{name} has driver {driver}, which is too old for PyTorch's CUDA build ({needed} or newer): the engine will use the processor. Update the driver and press Repair to use the card.</source>
      <translation>{name} 的驱动 {driver} 对 PyTorch 的 CUDA 构建而言过旧（需要 {needed} 或更高）：引擎将使用处理器。要使用显卡，请更新驱动并按“修复”。</translation>
    </message>
    <message>
      <source>{name} is too old for PyTorch's CUDA build: the engine will use the processor.</source>
      <translation>{name} 对 PyTorch 的 CUDA 构建而言过旧：引擎将使用处理器。</translation>
    </message>
    <message>
      <source>{name} was found, but PyTorch's standard build for this system has no CUDA: the engine will use the processor. To use the card, give the index of PyTorch's builds in the options.</source>
      <translation>找到了 {name}，但 PyTorch 在此系统上的标准构建没有 CUDA：引擎将使用处理器。要使用显卡，请在选项中给出 PyTorch 构建索引。</translation>
    </message>
    <message>
      <source>{name}, driver {driver}: the engine will use it, with CUDA ({build}).</source>
      <translation>{name}，驱动 {driver}：引擎将使用它，CUDA（{build}）。</translation>
    </message>
    <message>
      <source>{path} cannot be written: {reason}.</source>
      <translation>{path} 无法写入：{reason}。</translation>
    </message>
    <message>
      <source>{program} cannot be started: {reason}.</source>
      <translation>{program} 无法启动：{reason}。</translation>
    </message>
    <message>
      <source>{python} cannot make an environment.</source>
      <translation>{python} 无法建立环境。</translation>
    </message>
    <message>
      <source>{reason} The engine uses the processor.</source>
      <translation>{reason} 引擎使用处理器。</translation>
    </message>
  </context>
  <context>
    <name>Exchange</name>
    <message>
      <source>Starting the engine</source>
      <translation>正在启动引擎</translation>
    </message>
    <message>
      <source>Waiting for the engine, which is at work</source>
      <translation>正在等待引擎，它正忙于其他工作</translation>
    </message>
  </context>
  <context>
    <name>Export</name>
    <message>
      <source>CSV table</source>
      <translation>CSV 表格</translation>
    </message>
    <message>
      <source>Check that the disk is not full, or choose another folder.</source>
      <translation>请检查磁盘是否已满，或选择其他文件夹。</translation>
    </message>
    <message>
      <source>Choose a CRS that covers the scene.</source>
      <translation>请选择覆盖该场景的坐标系。</translation>
    </message>
    <message>
      <source>Choose all polygons, or select or accept some first.</source>
      <translation>请选择全部多边形，或先选中或接受一些。</translation>
    </message>
    <message>
      <source>Choose another folder.</source>
      <translation>请选择另一个文件夹。</translation>
    </message>
    <message>
      <source>Choose another name or folder.</source>
      <translation>请选择其他名称或文件夹。</translation>
    </message>
    <message>
      <source>Choose another name, or remove that layer first.</source>
      <translation>请选择其他名称，或先移除该图层。</translation>
    </message>
    <message>
      <source>Close other programs that use it, remove its layer from QGIS, or choose another name.</source>
      <translation>请关闭正在使用它的其他程序，从 QGIS 中移除其图层，或另选名称。</translation>
    </message>
    <message>
      <source>Please report this with the details.</source>
      <translation>请附上详细信息报告。</translation>
    </message>
    <message>
      <source>Polygon {rank} cannot be brought to {crs}.</source>
      <translation>多边形 {rank} 无法转换到 {crs}。</translation>
    </message>
    <message>
      <source>The export was cancelled.</source>
      <translation>导出已取消。</translation>
    </message>
    <message>
      <source>The file could not be written: {reason}.</source>
      <translation>文件无法写入：{reason}。</translation>
    </message>
    <message>
      <source>The folder {folder} cannot be written to ({reason}).</source>
      <translation>文件夹 {folder} 无法写入（{reason}）。</translation>
    </message>
    <message>
      <source>The folder {folder} does not exist.</source>
      <translation>文件夹 {folder} 不存在。</translation>
    </message>
    <message>
      <source>There is no polygon to export in “{name}”.</source>
      <translation>“{name}”中没有可导出的多边形。</translation>
    </message>
    <message>
      <source>{name} could not be written in full.</source>
      <translation>{name} 未能完整写入。</translation>
    </message>
    <message>
      <source>{name} could not be written.</source>
      <translation>{name} 无法写入。</translation>
    </message>
    <message>
      <source>{path} cannot be replaced ({reason}).</source>
      <translation>{path} 无法替换（{reason}）。</translation>
    </message>
    <message>
      <source>{path} is the file of the layer “{name}” in this project.</source>
      <translation>{path} 是此项目中图层“{name}”的文件。</translation>
    </message>
  </context>
  <context>
    <name>ExportDialog</name>
    <message>
      <source>&amp;Add the file to the project</source>
      <translation>将文件加入工程(&amp;A)</translation>
    </message>
    <message>
      <source>&amp;CRS</source>
      <translation>坐标系(&amp;C)</translation>
    </message>
    <message>
      <source>&amp;Export</source>
      <translation>导出(&amp;E)</translation>
    </message>
    <message>
      <source>&amp;File</source>
      <translation>文件(&amp;F)</translation>
    </message>
    <message>
      <source>&amp;Layer</source>
      <translation>图层(&amp;L)</translation>
    </message>
    <message>
      <source>&amp;Polygons</source>
      <translation>多边形(&amp;P)</translation>
    </message>
    <message>
      <source>1 polygon was written to {path}.</source>
      <translation>已将 1 个多边形写入 {path}。</translation>
    </message>
    <message>
      <source>Accepted ({count})</source>
      <translation>已接受（{count}）</translation>
    </message>
    <message>
      <source>All ({count})</source>
      <translation>全部（{count}）</translation>
    </message>
    <message>
      <source>Anomaly Lens: {name}</source>
      <translation>Anomaly Lens：{name}</translation>
    </message>
    <message>
      <source>Choose a file to write.</source>
      <translation>请选择要写入的文件。</translation>
    </message>
    <message>
      <source>Export anomalies</source>
      <translation>导出异常</translation>
    </message>
    <message>
      <source>Export anomalies to</source>
      <translation>导出异常到</translation>
    </message>
    <message>
      <source>F&amp;ormat</source>
      <translation>格式(&amp;O)</translation>
    </message>
    <message>
      <source>How much of the file is written; Cancel leaves everything as it was</source>
      <translation>文件已写入多少；取消会使一切保持原样</translation>
    </message>
    <message>
      <source>Load the file as a layer when it is written</source>
      <translation>文件写好后作为图层加载</translation>
    </message>
    <message>
      <source>Open</source>
      <translation>打开</translation>
    </message>
    <message>
      <source>Report for printing (PDF)</source>
      <translation>用于打印的报告 (PDF)</translation>
    </message>
    <message>
      <source>Report for the browser (HTML)</source>
      <translation>用于浏览器的报告 (HTML)</translation>
    </message>
    <message>
      <source>Selected ({count})</source>
      <translation>所选（{count}）</translation>
    </message>
    <message>
      <source>Texts that were cut: {count}. A shapefile takes 254 bytes of each, a GeoPackage takes them whole.</source>
      <translation>已截断 {count} 个文本：shapefile 每个文本最多 254 字节，GeoPackage 可完整保存。</translation>
    </message>
    <message>
      <source>The anomalies to export</source>
      <translation>要导出的异常</translation>
    </message>
    <message>
      <source>The coordinate reference system of the file</source>
      <translation>文件的坐标参考系</translation>
    </message>
    <message>
      <source>The file format</source>
      <translation>文件格式</translation>
    </message>
    <message>
      <source>The file to write</source>
      <translation>要写入的文件</translation>
    </message>
    <message>
      <source>Which of its polygons</source>
      <translation>其中的哪些多边形</translation>
    </message>
    <message>
      <source>{count} polygons were written to {path}.</source>
      <translation>已将 {count} 个多边形写入 {path}。</translation>
    </message>
    <message>
      <source>{name} exists. Replace it?</source>
      <translation>{name} 已存在。替换它吗？</translation>
    </message>
  </context>
  <context>
    <name>ExtentPicker</name>
    <message>
      <source>Drag one on the map, from corner to corner.</source>
      <translation>请在地图上从一角拖到另一角绘制矩形。</translation>
    </message>
    <message>
      <source>Draw a rectangle</source>
      <translation>绘制矩形</translation>
    </message>
    <message>
      <source>Draw the rectangle on the map; drag from corner to corner</source>
      <translation>在地图上绘制矩形；从一角拖到对角</translation>
    </message>
    <message>
      <source>Drawn rectangle</source>
      <translation>绘制的矩形</translation>
    </message>
    <message>
      <source>Load one, or choose another extent.</source>
      <translation>请加载一个，或选择其他范围。</translation>
    </message>
    <message>
      <source>Map canvas</source>
      <translation>地图画布</translation>
    </message>
    <message>
      <source>No rectangle was drawn yet.</source>
      <translation>还没有绘制矩形。</translation>
    </message>
    <message>
      <source>Polygon layer</source>
      <translation>多边形图层</translation>
    </message>
    <message>
      <source>Search only inside the polygons that are selected in that layer</source>
      <translation>只在该图层中选中的多边形内搜索</translation>
    </message>
    <message>
      <source>Selected features only</source>
      <translation>仅所选要素</translation>
    </message>
    <message>
      <source>The layer whose polygons are searched</source>
      <translation>搜索其多边形内部的图层</translation>
    </message>
    <message>
      <source>The project has no polygon layer.</source>
      <translation>工程中没有多边形图层。</translation>
    </message>
    <message>
      <source>Where to search; pixels elsewhere are neither scored nor counted as normal</source>
      <translation>搜索的位置；别处的像素既不评分，也不计为正常</translation>
    </message>
    <message>
      <source>Whole layer</source>
      <translation>整个图层</translation>
    </message>
  </context>
  <context>
    <name>HelpDialog</name>
    <message>
      <source>&amp;Back</source>
      <translation>后退(&amp;B)</translation>
    </message>
    <message>
      <source>&amp;Contents</source>
      <translation>目录(&amp;C)</translation>
    </message>
    <message>
      <source>All pages</source>
      <translation>所有页面</translation>
    </message>
    <message>
      <source>Anomaly Lens help</source>
      <translation>Anomaly Lens 帮助</translation>
    </message>
    <message>
      <source>The page before</source>
      <translation>上一页</translation>
    </message>
    <message>
      <source>These pages are in English.</source>
      <translation>这些页面是英文的。</translation>
    </message>
  </context>
  <context>
    <name>HistogramSlider</name>
    <message>
      <source>How many pixels have which score (logarithmic). Drag the line, or use the arrow keys</source>
      <translation>各分数的像素数（对数）。拖动竖线，或使用方向键</translation>
    </message>
    <message>
      <source>Threshold</source>
      <translation>阈值</translation>
    </message>
  </context>
  <context>
    <name>LayerExport</name>
    <message>
      <source>Check that it draws on the map and that its server can be reached.</source>
      <translation>请检查它能否在地图上绘制，以及其服务器能否访问。</translation>
    </message>
    <message>
      <source>Choose a smaller extent or a coarser resolution.</source>
      <translation>请选择更小的范围或更粗的分辨率。</translation>
    </message>
    <message>
      <source>Choose an extent on the layer.</source>
      <translation>请选择图层上的范围。</translation>
    </message>
    <message>
      <source>Make room on the disk of the temporary folder, {folder}.</source>
      <translation>请在临时文件夹 {folder} 所在的磁盘上腾出空间。</translation>
    </message>
    <message>
      <source>The extent does not touch the layer “{name}”.</source>
      <translation>范围与图层“{name}”不相交。</translation>
    </message>
    <message>
      <source>The layer “{name}” could not be exported.</source>
      <translation>图层“{name}”无法导出。</translation>
    </message>
    <message>
      <source>The layer “{name}” would be exported with {size} megapixels; {limit} are the limit.</source>
      <translation>图层“{name}”导出后将有 {size} 兆像素；上限为 {limit}。</translation>
    </message>
    <message>
      <source>The run was cancelled.</source>
      <translation>运行已取消。</translation>
    </message>
  </context>
  <context>
    <name>LayerPicker</name>
    <message>
      <source>Search several layers in one run</source>
      <translation>一次运行搜索多个图层</translation>
    </message>
    <message>
      <source>Several layers</source>
      <translation>多个图层</translation>
    </message>
    <message>
      <source>The raster layer to search</source>
      <translation>要搜索的栅格图层</translation>
    </message>
    <message>
      <source>Tick the raster layers to search, one after the other</source>
      <translation>勾选要逐个搜索的栅格图层</translation>
    </message>
  </context>
  <context>
    <name>LogDialog</name>
    <message>
      <source>Anomaly Lens log</source>
      <translation>Anomaly Lens 日志</translation>
    </message>
    <message>
      <source>Copy</source>
      <translation>复制</translation>
    </message>
    <message>
      <source>Copy everything to the clipboard, for a report</source>
      <translation>全部复制到剪贴板，用于报告问题</translation>
    </message>
    <message>
      <source>Log</source>
      <translation>日志</translation>
    </message>
    <message>
      <source>Nothing was written yet.</source>
      <translation>尚未写入任何内容。</translation>
    </message>
    <message>
      <source>What the engine and the plugin wrote, the latest at the end</source>
      <translation>引擎和插件写入的内容，最新的在最后</translation>
    </message>
  </context>
  <context>
    <name>LookPanel</name>
    <message>
      <source> mm</source>
      <translation> mm</translation>
    </message>
    <message>
      <source>&amp;Colours</source>
      <translation>配色(&amp;C)</translation>
    </message>
    <message>
      <source>&amp;Opacity</source>
      <translation>不透明度(&amp;O)</translation>
    </message>
    <message>
      <source>&amp;Show on the map</source>
      <translation>在地图上显示(&amp;S)</translation>
    </message>
    <message>
      <source>Choose a run to change how it looks.</source>
      <translation>选择一次运行以改变其外观。</translation>
    </message>
    <message>
      <source>Colours that get lighter with the score, and that colour-blind people can read</source>
      <translation>分数越高颜色越亮，色盲者也能辨认</translation>
    </message>
    <message>
      <source>Heat map</source>
      <translation>热力图</translation>
    </message>
    <message>
      <source>How much of the image the heat map covers</source>
      <translation>热力图遮盖影像的程度</translation>
    </message>
    <message>
      <source>How wide the outlines are drawn</source>
      <translation>轮廓线的宽度</translation>
    </message>
    <message>
      <source>La&amp;bels</source>
      <translation>标注(&amp;B)</translation>
    </message>
    <message>
      <source>Left of a line on the map, the image without the heat map; drag the line. Press again to end it</source>
      <translation>在地图上的竖线左侧显示没有热力图的影像；可拖动竖线。再按一次结束</translation>
    </message>
    <message>
      <source>Outline wi&amp;dth</source>
      <translation>轮廓宽度(&amp;D)</translation>
    </message>
    <message>
      <source>Polygons</source>
      <translation>多边形</translation>
    </message>
    <message>
      <source>S&amp;wipe</source>
      <translation>卷帘(&amp;W)</translation>
    </message>
    <message>
      <source>Scores from 0 to 1, as the detector's training calibrated them.</source>
      <translation>0 到 1 的分数，由检测器的训练校准。</translation>
    </message>
    <message>
      <source>Show or hide the heat map, as the layer tree does</source>
      <translation>显示或隐藏热力图，与图层树相同</translation>
    </message>
    <message>
      <source>The heat map of this run is not in the project.</source>
      <translation>此次运行的热力图不在工程中。</translation>
    </message>
    <message>
      <source>What stands beside each polygon</source>
      <translation>每个多边形旁显示的内容</translation>
    </message>
  </context>
  <context>
    <name>LookSwitch</name>
    <message>
      <source>Begin a second look</source>
      <translation>开始第二次查看</translation>
    </message>
    <message>
      <source>No polygon has both decisions yet.</source>
      <translation>还没有多边形同时有两次决定。</translation>
    </message>
    <message>
      <source>Who looks? The first decisions are hidden until both are compared.</source>
      <translation>由谁查看？第一次的决定在比较之前是隐藏的。</translation>
    </message>
    <message>
      <source>{agree} of {both} decided alike ({percent:.0f} %), Cohen's kappa {kappa}.</source>
      <translation>{both} 个中有 {agree} 个决定相同（{percent:.0f} %），Cohen's kappa {kappa}。</translation>
    </message>
  </context>
  <context>
    <name>Looks</name>
    <message>
      <source>Check that the file can be written and that no other program has it open.</source>
      <translation>请检查该文件能否写入，且没有被其他程序打开。</translation>
    </message>
    <message>
      <source>Save or discard its edits first.</source>
      <translation>请先保存或放弃其编辑。</translation>
    </message>
    <message>
      <source>The second look's fields cannot be added to “{name}”.</source>
      <translation>无法在“{name}”中添加第二次查看的字段。</translation>
    </message>
    <message>
      <source>Untick Read-only in Project &gt; Properties &gt; Data Sources first.</source>
      <translation>请先在“工程 &gt; 属性 &gt; 数据源”中取消勾选“只读”。</translation>
    </message>
    <message>
      <source>“{name}” is being edited.</source>
      <translation>“{name}”正在编辑。</translation>
    </message>
    <message>
      <source>“{name}” is read-only in this project.</source>
      <translation>“{name}”在此工程中是只读的。</translation>
    </message>
  </context>
  <context>
    <name>ManageDialog</name>
    <message>
      <source>&amp;Delete…</source>
      <translation>删除(&amp;D)…</translation>
    </message>
    <message>
      <source>&amp;Export…</source>
      <translation>导出(&amp;E)…</translation>
    </message>
    <message>
      <source>&amp;Import…</source>
      <translation>导入(&amp;I)…</translation>
    </message>
    <message>
      <source>&amp;Rename…</source>
      <translation>重命名(&amp;R)…</translation>
    </message>
    <message>
      <source>Bands</source>
      <translation>波段</translation>
    </message>
    <message>
      <source>Call the model otherwise</source>
      <translation>为模型另取名称</translation>
    </message>
    <message>
      <source>Delete the model for good</source>
      <translation>永久删除模型</translation>
    </message>
    <message>
      <source>Delete the model “{name}”? This cannot be undone.</source>
      <translation>删除模型“{name}”吗？此操作无法撤销。</translation>
    </message>
    <message>
      <source>Export the model</source>
      <translation>导出模型</translation>
    </message>
    <message>
      <source>Import a model</source>
      <translation>导入模型</translation>
    </message>
    <message>
      <source>Models</source>
      <translation>模型</translation>
    </message>
    <message>
      <source>Models (*.zip card.json)</source>
      <translation>模型 (*.zip card.json)</translation>
    </message>
    <message>
      <source>Name</source>
      <translation>名称</translation>
    </message>
    <message>
      <source>Rename the model</source>
      <translation>重命名模型</translation>
    </message>
    <message>
      <source>Take a model from a zip file</source>
      <translation>从 zip 文件取得模型</translation>
    </message>
    <message>
      <source>Taught</source>
      <translation>已示教</translation>
    </message>
    <message>
      <source>Taught models</source>
      <translation>已示教的模型</translation>
    </message>
    <message>
      <source>The models that you have taught, and those that ship with the plugin</source>
      <translation>您示教的模型，以及插件随附的模型</translation>
    </message>
    <message>
      <source>Write the model to a zip file</source>
      <translation>将模型写入 zip 文件</translation>
    </message>
    <message>
      <source>Zip files (*.zip)</source>
      <translation>Zip 文件 (*.zip)</translation>
    </message>
    <message>
      <source>ships with the plugin</source>
      <translation>插件随附</translation>
    </message>
  </context>
  <context>
    <name>Messages</name>
    <message>
      <source>Details</source>
      <translation>详细信息</translation>
    </message>
    <message>
      <source>More</source>
      <translation>更多</translation>
    </message>
  </context>
  <context>
    <name>ModelRow</name>
    <message>
      <source>Bands: {bands}; taught {date}</source>
      <translation>{bands} 个波段，示教于 {date}</translation>
    </message>
    <message>
      <source>Models…</source>
      <translation>模型…</translation>
    </message>
    <message>
      <source>No model yet: teach one</source>
      <translation>还没有模型：请示教一个</translation>
    </message>
    <message>
      <source>Rename, delete, export and import models</source>
      <translation>重命名、删除、导出和导入模型</translation>
    </message>
    <message>
      <source>Teach &amp;normal…</source>
      <translation>示教正常地物(&amp;N)…</translation>
    </message>
    <message>
      <source>Teach a model from polygons of normal ground</source>
      <translation>从正常地物的多边形示教模型</translation>
    </message>
    <message>
      <source>What is normal: a model that you have taught, or one that ships</source>
      <translation>什么是正常：您示教的模型，或随附的模型</translation>
    </message>
    <message>
      <source>{name} (not there any more)</source>
      <translation>{name}（已不存在）</translation>
    </message>
  </context>
  <context>
    <name>Models</name>
    <message>
      <source>Choose a zip file that “Export…” has written, or a model's folder.</source>
      <translation>请选择由“导出…”写出的 zip 文件，或模型的文件夹。</translation>
    </message>
    <message>
      <source>Copy or export it again.</source>
      <translation>请重新复制或导出它。</translation>
    </message>
    <message>
      <source>Dry, bare ground (10 cm)</source>
      <translation>干燥裸地（10 cm）</translation>
    </message>
    <message>
      <source>Fields and ponds (5 m)</source>
      <translation>农田与池塘（5 m）</translation>
    </message>
    <message>
      <source>Forest (10 cm)</source>
      <translation>森林（10 cm）</translation>
    </message>
    <message>
      <source>Give one with letters or digits.</source>
      <translation>请给出含字母或数字的名称。</translation>
    </message>
    <message>
      <source>Grass and range (10 to 20 cm)</source>
      <translation>草地与牧场（10 至 20 cm）</translation>
    </message>
    <message>
      <source>Make room, or choose another place.</source>
      <translation>请腾出空间，或选择其他位置。</translation>
    </message>
    <message>
      <source>Open water (20 cm)</source>
      <translation>开阔水域（20 cm）</translation>
    </message>
    <message>
      <source>The model has no name.</source>
      <translation>模型没有名称。</translation>
    </message>
    <message>
      <source>Town (20 cm)</source>
      <translation>城镇（20 cm）</translation>
    </message>
    <message>
      <source>{path} cannot be written ({reason}).</source>
      <translation>{path} 无法写入（{reason}）。</translation>
    </message>
    <message>
      <source>{path} is damaged: its weights are not those that its card describes.</source>
      <translation>{path} 已损坏：其权重与模型卡的描述不符。</translation>
    </message>
    <message>
      <source>{path} is no taught model.</source>
      <translation>{path} 不是已示教的模型。</translation>
    </message>
  </context>
  <context>
    <name>OptionsPage</name>
    <message>
      <source>&amp;Help</source>
      <translation>帮助(&amp;H)</translation>
    </message>
    <message>
      <source>&amp;Index of PyTorch's builds</source>
      <translation>PyTorch 构建索引(&amp;I)</translation>
    </message>
    <message>
      <source>&amp;Test</source>
      <translation>测试(&amp;T)</translation>
    </message>
    <message>
      <source>&amp;Wheels</source>
      <translation>安装包文件夹(&amp;W)</translation>
    </message>
    <message>
      <source>A Python 3.10 or newer with PyTorch and the engine's other packages</source>
      <translation>装有 PyTorch 及引擎所需其他软件包的 Python 3.10 或更高版本</translation>
    </message>
    <message>
      <source>A folder with downloaded packages, for computers without a network</source>
      <translation>存放已下载软件包的文件夹，供没有网络的计算机使用</translation>
    </message>
    <message>
      <source>Address of an index with PyTorch's builds, such as its site shows after --index-url. The build for this computer's card and driver is chosen by itself</source>
      <translation>PyTorch 构建索引的地址，即其网站在 --index-url 之后给出的地址。适合本机显卡和驱动的构建会自动选择</translation>
    </message>
    <message>
      <source>Automatic: PyTorch's standard build</source>
      <translation>自动：PyTorch 标准构建</translation>
    </message>
    <message>
      <source>Automatic: the GPU where there is one</source>
      <translation>自动：有 GPU 时使用 GPU</translation>
    </message>
    <message>
      <source>Automatic: {python}</source>
      <translation>自动：{python}</translation>
    </message>
    <message>
      <source>CPU</source>
      <translation>CPU</translation>
    </message>
    <message>
      <source>Copy dia&amp;gnostics</source>
      <translation>复制诊断信息(&amp;G)</translation>
    </message>
    <message>
      <source>Copy versions, devices, places and the set-up's log, for a report</source>
      <translation>复制版本、设备、位置和安装日志，用于报告问题</translation>
    </message>
    <message>
      <source>De&amp;vice</source>
      <translation>设备(&amp;V)</translation>
    </message>
    <message>
      <source>Delete the engine in {folder}? Detection does not work until it is set up again.</source>
      <translation>删除 {folder} 中的引擎吗？重新安装之前无法检测。</translation>
    </message>
    <message>
      <source>Delete the environment that was set up, and unfinished downloads</source>
      <translation>删除已安装的环境和未完成的下载</translation>
    </message>
    <message>
      <source>Detection runs outside QGIS, in an engine with a Python of its own. Left empty, the engine uses the one that was set up below or, where it has what is needed, that of QGIS.</source>
      <translation>检测在 QGIS 之外、使用自己 Python 的引擎中运行。留空时，引擎使用下面安装的 Python；若 QGIS 的 Python 已具备所需软件包，则使用它。</translation>
    </message>
    <message>
      <source>Engine &amp;Python</source>
      <translation>引擎的 Python(&amp;P)</translation>
    </message>
    <message>
      <source>Folder of wheels</source>
      <translation>安装包文件夹</translation>
    </message>
    <message>
      <source>GPU (CUDA)</source>
      <translation>GPU (CUDA)</translation>
    </message>
    <message>
      <source>None was found; choose one</source>
      <translation>未找到；请选择一个</translation>
    </message>
    <message>
      <source>None: packages are downloaded</source>
      <translation>无：将下载软件包</translation>
    </message>
    <message>
      <source>Proxies, certificates, computers without a network, graphics cards</source>
      <translation>代理、证书、没有网络的计算机、显卡</translation>
    </message>
    <message>
      <source>Python that runs the engine</source>
      <translation>运行引擎的 Python</translation>
    </message>
    <message>
      <source>R&amp;emove…</source>
      <translation>移除(&amp;E)…</translation>
    </message>
    <message>
      <source>Remove the engine?</source>
      <translation>移除引擎吗？</translation>
    </message>
    <message>
      <source>Start the engine with this Python and show its version and devices</source>
      <translation>用此 Python 启动引擎，并显示其版本和设备</translation>
    </message>
    <message>
      <source>Starting the engine…</source>
      <translation>正在启动引擎…</translation>
    </message>
    <message>
      <source>The device that runs use</source>
      <translation>运行使用的设备</translation>
    </message>
    <message>
      <source>The engine works: version {version}. Devices: {devices}.</source>
      <translation>引擎可用：版本 {version}。设备：{devices}。</translation>
    </message>
    <message>
      <source>The plugin's own engine</source>
      <translation>插件自己的引擎</translation>
    </message>
    <message>
      <source>What the test found</source>
      <translation>测试的结果</translation>
    </message>
  </context>
  <context>
    <name>PanelForm</name>
    <message>
      <source>A wide area</source>
      <translation>大范围</translation>
    </message>
    <message>
      <source>All</source>
      <translation>全部</translation>
    </message>
    <message>
      <source>Begin a second look…</source>
      <translation>开始第二次查看…</translation>
    </message>
    <message>
      <source>Both compared</source>
      <translation>两次对比</translation>
    </message>
    <message>
      <source>Export…</source>
      <translation>导出…</translation>
    </message>
    <message>
      <source>Filter</source>
      <translation>筛选</translation>
    </message>
    <message>
      <source>First look</source>
      <translation>第一次查看</translation>
    </message>
    <message>
      <source>Go on after each decision</source>
      <translation>每次决定后前进</translation>
    </message>
    <message>
      <source>How far the two reviewers agree</source>
      <translation>两位复核者的一致程度</translation>
    </message>
    <message>
      <source>How many polygons have a decision</source>
      <translation>有多少多边形已有决定</translation>
    </message>
    <message>
      <source>How the review steps on, what the map shows, and a second look</source>
      <translation>复核如何前进、地图显示什么，以及第二次查看</translation>
    </message>
    <message>
      <source>Its surroundings</source>
      <translation>周围</translation>
    </message>
    <message>
      <source>Look</source>
      <translation>查看</translation>
    </message>
    <message>
      <source>Looks differ</source>
      <translation>两次不同</translation>
    </message>
    <message>
      <source>No polygon meets the filter.</source>
      <translation>没有符合筛选条件的多边形。</translation>
    </message>
    <message>
      <source>Polygons</source>
      <translation>多边形</translation>
    </message>
    <message>
      <source>Second look, blind</source>
      <translation>第二次查看，盲审</translation>
    </message>
    <message>
      <source>Show polygons of this status only</source>
      <translation>仅显示此状态的多边形</translation>
    </message>
    <message>
      <source>Show some polygons only: conditions on rank, score and area, and words of the label or note. A number alone is a rank</source>
      <translation>只显示部分多边形：排名、分数和面积的条件，以及标签或备注中的词。单独一个数字表示排名</translation>
    </message>
    <message>
      <source>Somebody decides again without seeing the first decisions; then the two are compared</source>
      <translation>由某人在看不到第一次决定的情况下重新决定；然后比较两次结果</translation>
    </message>
    <message>
      <source>Status</source>
      <translation>状态</translation>
    </message>
    <message>
      <source>The map follows</source>
      <translation>地图跟随</translation>
    </message>
    <message>
      <source>The map goes to the chosen polygon</source>
      <translation>地图移到所选多边形</translation>
    </message>
    <message>
      <source>The polygon and little else</source>
      <translation>多边形及其近旁</translation>
    </message>
    <message>
      <source>There are no polygons. A lower score on the page Threshold may find some.</source>
      <translation>没有多边形。在“阈值”页降低得分可能会找到一些。</translation>
    </message>
    <message>
      <source>To the next unreviewed polygon</source>
      <translation>到下一个未复核的多边形</translation>
    </message>
    <message>
      <source>What needs attention</source>
      <translation>需要注意的事项</translation>
    </message>
    <message>
      <source>What the map shows</source>
      <translation>地图显示的内容</translation>
    </message>
    <message>
      <source>Whose decisions are shown and made</source>
      <translation>显示和作出谁的决定</translation>
    </message>
    <message>
      <source>Write the accepted anomalies to a file</source>
      <translation>将已接受的异常写入文件</translation>
    </message>
    <message>
      <source>score&gt;{score} area&gt;100 word</source>
      <translation>score&gt;{score} area&gt;100 词</translation>
    </message>
  </context>
  <context>
    <name>Report</name>
    <message>
      <source>% of the peak</source>
      <translation>% 峰值</translation>
    </message>
    <message>
      <source>Accepted anomalies</source>
      <translation>已接受的异常</translation>
    </message>
    <message>
      <source>All</source>
      <translation>全部</translation>
    </message>
    <message>
      <source>Anomalies</source>
      <translation>异常</translation>
    </message>
    <message>
      <source>Anomalies from score</source>
      <translation>异常起始分数</translation>
    </message>
    <message>
      <source>Anomaly Lens</source>
      <translation>Anomaly Lens</translation>
    </message>
    <message>
      <source>Anomaly report</source>
      <translation>异常报告</translation>
    </message>
    <message>
      <source>Area</source>
      <translation>面积</translation>
    </message>
    <message>
      <source>Check that the disk is not full, or choose another folder.</source>
      <translation>请检查磁盘是否已满，或选择其他文件夹。</translation>
    </message>
    <message>
      <source>Coordinate system</source>
      <translation>坐标系</translation>
    </message>
    <message>
      <source>Detector</source>
      <translation>检测器</translation>
    </message>
    <message>
      <source>Device</source>
      <translation>设备</translation>
    </message>
    <message>
      <source>Heat map</source>
      <translation>热力图</translation>
    </message>
    <message>
      <source>Holes filled up to</source>
      <translation>填充孔洞至</translation>
    </message>
    <message>
      <source>How it was found</source>
      <translation>如何得到</translation>
    </message>
    <message>
      <source>Label and note</source>
      <translation>标签和备注</translation>
    </message>
    <message>
      <source>Left out here: {count}; an exported table has them all.</source>
      <translation>此处另有 {count} 个未列出；导出的表格包含全部。</translation>
    </message>
    <message>
      <source>Longitude, latitude</source>
      <translation>经度、纬度</translation>
    </message>
    <message>
      <source>Made on {time} with Anomaly Lens</source>
      <translation>由 Anomaly Lens 于 {time} 生成</translation>
    </message>
    <message>
      <source>Map</source>
      <translation>地图</translation>
    </message>
    <message>
      <source>Mean</source>
      <translation>均值</translation>
    </message>
    <message>
      <source>Merged within</source>
      <translation>合并距离</translation>
    </message>
    <message>
      <source>Modality</source>
      <translation>模态</translation>
    </message>
    <message>
      <source>None is listed here.</source>
      <translation>此处没有列出。</translation>
    </message>
    <message>
      <source>Other</source>
      <translation>其他</translation>
    </message>
    <message>
      <source>Outlines from</source>
      <translation>轮廓起点</translation>
    </message>
    <message>
      <source>Outlines smoothed</source>
      <translation>轮廓平滑</translation>
    </message>
    <message>
      <source>Polygons</source>
      <translation>多边形</translation>
    </message>
    <message>
      <source>Rank</source>
      <translation>排名</translation>
    </message>
    <message>
      <source>Run</source>
      <translation>运行</translation>
    </message>
    <message>
      <source>Scene</source>
      <translation>场景</translation>
    </message>
    <message>
      <source>Score</source>
      <translation>分数</translation>
    </message>
    <message>
      <source>Searched</source>
      <translation>搜索时间</translation>
    </message>
    <message>
      <source>Size</source>
      <translation>大小</translation>
    </message>
    <message>
      <source>Smallest area</source>
      <translation>最小面积</translation>
    </message>
    <message>
      <source>Status</source>
      <translation>状态</translation>
    </message>
    <message>
      <source>The run on the map: outlines by status, and the heat map where it is shown.</source>
      <translation>地图上的运行：按状态显示的轮廓，以及可见时的热力图。</translation>
    </message>
    <message>
      <source>Top share</source>
      <translation>最高占比</translation>
    </message>
    <message>
      <source>Weights (SHA-256)</source>
      <translation>权重 (SHA-256)</translation>
    </message>
    <message>
      <source>Width × height</source>
      <translation>宽 × 高</translation>
    </message>
    <message>
      <source>it was cut short</source>
      <translation>它被截断了</translation>
    </message>
    <message>
      <source>x, y</source>
      <translation>x, y</translation>
    </message>
    <message>
      <source>{name} could not be written ({reason}).</source>
      <translation>{name} 无法写入（{reason}）。</translation>
    </message>
    <message>
      <source>{width} × {height} pixels, bands: {bands}</source>
      <translation>{width} × {height} 像素，{bands} 个波段</translation>
    </message>
  </context>
  <context>
    <name>Results</name>
    <message>
      <source>A score of {half} means as deviating as the top 1 % of the scene; {high} means nine times that.</source>
      <translation>分数 {half} 表示与场景中最异常的 1 % 同样偏离；{high} 表示偏离程度是其九倍。</translation>
    </message>
    <message>
      <source>Anomalies</source>
      <translation>异常</translation>
    </message>
    <message>
      <source>Check that the disk is there and not full, and run it again.</source>
      <translation>请检查磁盘是否可用且未满，然后重新运行。</translation>
    </message>
    <message>
      <source>Heat map</source>
      <translation>热力图</translation>
    </message>
    <message>
      <source>Press the triangle beside a layer in the layer tree, and say where its file is now.</source>
      <translation>请点击图层树中图层旁的三角形，并指出其文件现在的位置。</translation>
    </message>
    <message>
      <source>Scores run from 0 to 1, as the detector's training calibrated them.</source>
      <translation>分数为 0 到 1，由检测器的训练校准。</translation>
    </message>
    <message>
      <source>The files of this project's results are missing.</source>
      <translation>此项目结果的文件缺失。</translation>
    </message>
    <message>
      <source>The result {path} cannot be opened.</source>
      <translation>结果 {path} 无法打开。</translation>
    </message>
    <message>
      <source>{what} of “{scene}”, found by {detector} ({modality}) with Anomaly Lens. {scores} Anomalies begin at {threshold}; there are {count}.</source>
      <translation>“{scene}”的{what}，由 Anomaly Lens 的 {detector}（{modality}）得到。{scores} 异常从 {threshold} 起；共 {count} 个。</translation>
    </message>
  </context>
  <context>
    <name>ReviewActions</name>
    <message>
      <source>Accept</source>
      <translation>接受</translation>
    </message>
    <message>
      <source>Accept anomaly</source>
      <translation>接受异常</translation>
    </message>
    <message>
      <source>Label</source>
      <translation>标签</translation>
    </message>
    <message>
      <source>Label of the anomaly</source>
      <translation>异常的标签</translation>
    </message>
    <message>
      <source>Mark anomaly as unsure</source>
      <translation>将异常标为不确定</translation>
    </message>
    <message>
      <source>Next anomaly</source>
      <translation>下一个异常</translation>
    </message>
    <message>
      <source>Next unreviewed anomaly</source>
      <translation>下一个未复核的异常</translation>
    </message>
    <message>
      <source>Note</source>
      <translation>备注</translation>
    </message>
    <message>
      <source>Note on the anomaly</source>
      <translation>异常的备注</translation>
    </message>
    <message>
      <source>Previous anomaly</source>
      <translation>上一个异常</translation>
    </message>
    <message>
      <source>Redo in the anomaly review</source>
      <translation>在异常复核中重做</translation>
    </message>
    <message>
      <source>Reject</source>
      <translation>拒绝</translation>
    </message>
    <message>
      <source>Reject anomaly</source>
      <translation>拒绝异常</translation>
    </message>
    <message>
      <source>Reset</source>
      <translation>重置</translation>
    </message>
    <message>
      <source>Set anomaly back to unreviewed</source>
      <translation>将异常恢复为未复核</translation>
    </message>
    <message>
      <source>Undo in the anomaly review</source>
      <translation>在异常复核中撤销</translation>
    </message>
    <message>
      <source>Unsure</source>
      <translation>不确定</translation>
    </message>
  </context>
  <context>
    <name>ReviewDock</name>
    <message>
      <source>Anomaly review</source>
      <translation>异常复核</translation>
    </message>
    <message>
      <source>Run</source>
      <translation>运行</translation>
    </message>
    <message>
      <source>The run to work on: all results of this project</source>
      <translation>要处理的运行：本工程的所有结果</translation>
    </message>
    <message>
      <source>There are no results in this project. Search a layer first.</source>
      <translation>本工程中没有结果。请先搜索一个图层。</translation>
    </message>
  </context>
  <context>
    <name>ReviewModel</name>
    <message>
      <source>Area {unit}</source>
      <translation>面积 {unit}</translation>
    </message>
    <message>
      <source>How sure the detector is of the object, which ranks it. Highest score of a pixel: {score}</source>
      <translation>检测器对该对象的把握，决定其排名。像素的最高分数：{score}</translation>
    </message>
    <message>
      <source>Label</source>
      <translation>标签</translation>
    </message>
    <message>
      <source>Press to sort by this column</source>
      <translation>按此列排序</translation>
    </message>
    <message>
      <source>Rank</source>
      <translation>排名</translation>
    </message>
    <message>
      <source>Score</source>
      <translation>分数</translation>
    </message>
    <message>
      <source>Second</source>
      <translation>第二次</translation>
    </message>
    <message>
      <source>Status</source>
      <translation>状态</translation>
    </message>
  </context>
  <context>
    <name>ReviewPanel</name>
    <message>
      <source>&lt;a href="copy"&gt;Go on in a copy…&lt;/a&gt;</source>
      <translation>&lt;a href="copy"&gt;在副本中继续…&lt;/a&gt;</translation>
    </message>
    <message>
      <source>Decisions that wait to be written: {count}. &lt;a href="retry"&gt;Try again&lt;/a&gt;</source>
      <translation>{count} 个决定等待写入。&lt;a href="retry"&gt;重试&lt;/a&gt;</translation>
    </message>
    <message>
      <source>The layer is being edited: decisions are saved with its edits.</source>
      <translation>图层正在编辑：决定随其编辑一起保存。</translation>
    </message>
    <message>
      <source>{name} cannot be read, so its pixels are not shown.</source>
      <translation>{name} 无法读取，因此不显示其像素。</translation>
    </message>
    <message>
      <source>{reviewed} of {all}, {accepted} accepted</source>
      <translation>已复核 {reviewed} / {all}，接受 {accepted}</translation>
    </message>
  </context>
  <context>
    <name>Samples</name>
    <message>
      <source>Sample scenes</source>
      <translation>示例场景</translation>
    </message>
    <message>
      <source>Sample: harbour</source>
      <translation>示例：港口</translation>
    </message>
    <message>
      <source>Sample: harbour at night</source>
      <translation>示例：夜间港口</translation>
    </message>
    <message>
      <source>Sample: harbour, radar</source>
      <translation>示例：港口，雷达</translation>
    </message>
    <message>
      <source>Sample: harbour, spectrometer</source>
      <translation>示例：港口，光谱仪</translation>
    </message>
    <message>
      <source>Sample: harbour, thermal camera</source>
      <translation>示例：港口，热像仪</translation>
    </message>
  </context>
  <context>
    <name>Saving</name>
    <message>
      <source>{name} exists. Replace it?</source>
      <translation>{name} 已存在。替换它吗？</translation>
    </message>
  </context>
  <context>
    <name>Scenes</name>
    <message>
      <source>The layer “{name}” is no file on disk, so its pixels are not shown.</source>
      <translation>图层“{name}”不是磁盘上的文件，因此不显示其像素。</translation>
    </message>
    <message>
      <source>The results do not say which scene was searched.</source>
      <translation>结果没有说明搜索的是哪个场景。</translation>
    </message>
    <message>
      <source>The scene {name} was not found. Load it into the project to see its pixels.</source>
      <translation>未找到场景 {name}。请将它加载到工程中以查看其像素。</translation>
    </message>
  </context>
  <context>
    <name>SetupPanel</name>
    <message>
      <source>&amp;Cancel</source>
      <translation>取消(&amp;C)</translation>
    </message>
    <message>
      <source>&amp;Details</source>
      <translation>详细信息(&amp;D)</translation>
    </message>
    <message>
      <source>&amp;Repair the engine</source>
      <translation>修复引擎(&amp;R)</translation>
    </message>
    <message>
      <source>&amp;Set up engine</source>
      <translation>安装引擎(&amp;S)</translation>
    </message>
    <message>
      <source>&amp;Use it</source>
      <translation>使用它(&amp;U)</translation>
    </message>
    <message>
      <source>Cancelling…</source>
      <translation>正在取消…</translation>
    </message>
    <message>
      <source>Check this Python and run the engine with it; nothing is downloaded</source>
      <translation>检查此 Python 并用它运行引擎；不下载任何内容</translation>
    </message>
    <message>
      <source>Done.</source>
      <translation>完成。</translation>
    </message>
    <message>
      <source>Download the engine's packages and make an environment of its own for them</source>
      <translation>下载引擎的软件包，并为其建立独立环境</translation>
    </message>
    <message>
      <source>Downloads about {size} GB to {folder}. QGIS and other programs are not touched. {reason}</source>
      <translation>将约 {size} GB 下载到 {folder}。不会改动 QGIS 和其他程序。{reason}</translation>
    </message>
    <message>
      <source>How much of the set-up is done</source>
      <translation>安装完成了多少</translation>
    </message>
    <message>
      <source>Looking at what this computer has…</source>
      <translation>正在查看本机的情况…</translation>
    </message>
    <message>
      <source>Or use a Python that is there:</source>
      <translation>或使用已有的 Python：</translation>
    </message>
    <message>
      <source>Pythons of this computer that have what the engine needs</source>
      <translation>本机中已具备引擎所需内容的 Python</translation>
    </message>
    <message>
      <source>Show what went wrong, word by word</source>
      <translation>逐字显示出错内容</translation>
    </message>
    <message>
      <source>Stop; finished downloads are kept for the next try</source>
      <translation>停止；已完成的下载留待下次使用</translation>
    </message>
    <message>
      <source>Time since the set-up began</source>
      <translation>安装开始以来的时间</translation>
    </message>
    <message>
      <source>What is being done, or how the set-up ended</source>
      <translation>正在做什么，或安装如何结束</translation>
    </message>
    <message>
      <source>What will be done</source>
      <translation>将要做的事</translation>
    </message>
  </context>
  <context>
    <name>Storage</name>
    <message>
      <source>Choose a folder that can be written to and has room.</source>
      <translation>请选择可写入且有空间的文件夹。</translation>
    </message>
    <message>
      <source>Choose an output folder.</source>
      <translation>请选择输出文件夹。</translation>
    </message>
    <message>
      <source>Save or discard its edits, and save the project again.</source>
      <translation>请保存或放弃其编辑，然后再次保存工程。</translation>
    </message>
    <message>
      <source>The temporary folder cannot be written to ({reason}).</source>
      <translation>临时文件夹无法写入（{reason}）。</translation>
    </message>
    <message>
      <source>{name} cannot be copied to {folder} ({reason}).</source>
      <translation>{name} 无法复制到 {folder}（{reason}）。</translation>
    </message>
    <message>
      <source>“{name}” is being edited.</source>
      <translation>“{name}”正在编辑。</translation>
    </message>
  </context>
  <context>
    <name>Stores</name>
    <message>
      <source>All decisions are written now.</source>
      <translation>所有决定均已写入。</translation>
    </message>
    <message>
      <source>Decisions that could not be written to {name}: {count}.</source>
      <translation>{count} 个决定无法写入 {name}。</translation>
    </message>
    <message>
      <source>Folder for a copy of the anomalies</source>
      <translation>存放异常副本的文件夹</translation>
    </message>
    <message>
      <source>The review goes on in {path}. Save the project to keep it that way.</source>
      <translation>复核将在 {path} 中继续。请保存工程以保持此状态。</translation>
    </message>
  </context>
  <context>
    <name>Styles</name>
    <message>
      <source>Accepted</source>
      <translation>已接受</translation>
    </message>
    <message>
      <source>Area ({unit})</source>
      <translation>面积（{unit}）</translation>
    </message>
    <message>
      <source>Cividis: blue to ochre</source>
      <translation>Cividis：蓝到赭</translation>
    </message>
    <message>
      <source>Detector</source>
      <translation>检测器</translation>
    </message>
    <message>
      <source>Feature id</source>
      <translation>要素 ID</translation>
    </message>
    <message>
      <source>Height ({unit})</source>
      <translation>高度（{unit}）</translation>
    </message>
    <message>
      <source>Highest score</source>
      <translation>最高分数</translation>
    </message>
    <message>
      <source>Id</source>
      <translation>编号</translation>
    </message>
    <message>
      <source>Inferno: violet to yellow</source>
      <translation>Inferno：紫到黄</translation>
    </message>
    <message>
      <source>Label</source>
      <translation>标签</translation>
    </message>
    <message>
      <source>Mean score</source>
      <translation>平均分数</translation>
    </message>
    <message>
      <source>Modality</source>
      <translation>模态</translation>
    </message>
    <message>
      <source>None</source>
      <translation>无</translation>
    </message>
    <message>
      <source>Note</source>
      <translation>备注</translation>
    </message>
    <message>
      <source>Object score</source>
      <translation>对象分数</translation>
    </message>
    <message>
      <source>Plasma: blue to yellow</source>
      <translation>Plasma：蓝到黄</translation>
    </message>
    <message>
      <source>Rank</source>
      <translation>排名</translation>
    </message>
    <message>
      <source>Rejected</source>
      <translation>已拒绝</translation>
    </message>
    <message>
      <source>Run</source>
      <translation>运行</translation>
    </message>
    <message>
      <source>Status</source>
      <translation>状态</translation>
    </message>
    <message>
      <source>Unreviewed</source>
      <translation>未复核</translation>
    </message>
    <message>
      <source>Unsure</source>
      <translation>不确定</translation>
    </message>
    <message>
      <source>Viridis: violet to green</source>
      <translation>Viridis：紫到绿</translation>
    </message>
    <message>
      <source>Width ({unit})</source>
      <translation>宽度（{unit}）</translation>
    </message>
    <message>
      <source>{score} = 9 times that</source>
      <translation>{score} = 其九倍</translation>
    </message>
    <message>
      <source>{score} = the scene's top 1 %</source>
      <translation>{score} = 场景最高的 1 %</translation>
    </message>
  </context>
  <context>
    <name>TeachDialog</name>
    <message>
      <source> · {seconds:.0f} s left</source>
      <translation> · 剩余 {seconds:.0f} 秒</translation>
    </message>
    <message>
      <source>&amp;Cancel</source>
      <translation>取消(&amp;C)</translation>
    </message>
    <message>
      <source>&amp;Draw</source>
      <translation>绘制(&amp;D)</translation>
    </message>
    <message>
      <source>&amp;Layer</source>
      <translation>图层(&amp;L)</translation>
    </message>
    <message>
      <source>&amp;Name</source>
      <translation>名称(&amp;N)</translation>
    </message>
    <message>
      <source>&amp;Stop, keep best</source>
      <translation>停止并保留最佳(&amp;S)</translation>
    </message>
    <message>
      <source>&amp;Teach</source>
      <translation>示教(&amp;T)</translation>
    </message>
    <message>
      <source>Cancelled; nothing was kept.</source>
      <translation>已取消；没有保留任何内容。</translation>
    </message>
    <message>
      <source>Cancelling…</source>
      <translation>正在取消…</translation>
    </message>
    <message>
      <source>Choose a polygon layer, or press Draw.</source>
      <translation>请选择多边形图层，或按“绘制”。</translation>
    </message>
    <message>
      <source>Click around normal ground on the map, end each polygon with a right click.</source>
      <translation>在地图上沿正常地物点击，每个多边形以右键结束。</translation>
    </message>
    <message>
      <source>Draw polygons on the map, in the temporary layer that is chosen or a new one; end each with a right click</source>
      <translation>在所选的临时图层或新的临时图层中于地图上绘制多边形；每个以右键结束</translation>
    </message>
    <message>
      <source>Draw some, and end each with a right click.</source>
      <translation>请绘制一些，每个以右键结束。</translation>
    </message>
    <message>
      <source>End and keep nothing</source>
      <translation>结束且不保留任何内容</translation>
    </message>
    <message>
      <source>End early and keep the best so far</source>
      <translation>提前结束并保留目前最佳</translation>
    </message>
    <message>
      <source>Forest, calm water, …</source>
      <translation>森林、平静水面……</translation>
    </message>
    <message>
      <source>How long it learns at most; more helps little. Stop earlier where the preview is good</source>
      <translation>最长的学习时间；更长帮助不大。预览满意时可提前停止</translation>
    </message>
    <message>
      <source>How much of the time is over</source>
      <translation>时间已过去多少</translation>
    </message>
    <message>
      <source>Learn what is normal from the polygons</source>
      <translation>从多边形中学习什么是正常</translation>
    </message>
    <message>
      <source>Load a raster layer, or tick one in the list.</source>
      <translation>请加载栅格图层，或在列表中勾选一个。</translation>
    </message>
    <message>
      <source>No normal ground is outlined.</source>
      <translation>没有圈定正常地物。</translation>
    </message>
    <message>
      <source>No raster layer is chosen.</source>
      <translation>没有选择栅格图层。</translation>
    </message>
    <message>
      <source>None yet</source>
      <translation>尚无</translation>
    </message>
    <message>
      <source>Nor&amp;mal ground</source>
      <translation>正常地物(&amp;M)</translation>
    </message>
    <message>
      <source>Normal ground</source>
      <translation>正常地物</translation>
    </message>
    <message>
      <source>Outline ground that is normal, all kinds of it, and press Teach.</source>
      <translation>请圈定各种正常地物，然后按“示教”。</translation>
    </message>
    <message>
      <source>Polygons of normal ground, in any CRS</source>
      <translation>正常地物的多边形，任何坐标系均可</translation>
    </message>
    <message>
      <source>Save a part of it as a GeoTIFF first.</source>
      <translation>请先将其一部分保存为 GeoTIFF。</translation>
    </message>
    <message>
      <source>Selected features only</source>
      <translation>仅所选要素</translation>
    </message>
    <message>
      <source>Starting the engine</source>
      <translation>正在启动引擎</translation>
    </message>
    <message>
      <source>Stopping…</source>
      <translation>正在停止…</translation>
    </message>
    <message>
      <source>T&amp;ime</source>
      <translation>时间(&amp;I)</translation>
    </message>
    <message>
      <source>Teach from several layers with the same bands</source>
      <translation>用多个波段相同的图层示教</translation>
    </message>
    <message>
      <source>Teach from the selected polygons alone</source>
      <translation>只用所选多边形示教</translation>
    </message>
    <message>
      <source>Teach what is normal</source>
      <translation>示教什么是正常</translation>
    </message>
    <message>
      <source>The layer “{name}” has no pixels of its own.</source>
      <translation>图层“{name}”没有自己的像素。</translation>
    </message>
    <message>
      <source>The layer “{name}” has no polygons yet.</source>
      <translation>图层“{name}”中还没有多边形。</translation>
    </message>
    <message>
      <source>The raster layer that shows the normal ground</source>
      <translation>显示正常地物的栅格图层</translation>
    </message>
    <message>
      <source>What is being done, or how it ended</source>
      <translation>正在做什么，或如何结束</translation>
    </message>
    <message>
      <source>What the model is called in the list</source>
      <translation>模型在列表中的名称</translation>
    </message>
    <message>
      <source>“{name}” was taught in {seconds:.0f} s. Press Run to search with it.</source>
      <translation>“{name}”已在 {seconds:.0f} 秒内示教完成。按“运行”即可用它搜索。</translation>
    </message>
  </context>
  <context>
    <name>TeachTask</name>
    <message>
      <source>Anomaly Lens: teaching</source>
      <translation>Anomaly Lens：正在示教</translation>
    </message>
    <message>
      <source>Exporting “{name}”</source>
      <translation>正在导出“{name}”</translation>
    </message>
    <message>
      <source>Please report this with the details.</source>
      <translation>请附上详细信息报告。</translation>
    </message>
    <message>
      <source>Teaching failed unexpectedly: {reason}.</source>
      <translation>示教意外失败：{reason}。</translation>
    </message>
    <message>
      <source>Teaching was cancelled.</source>
      <translation>示教已取消。</translation>
    </message>
    <message>
      <source>“{name}” is too large to be exported: its bands were scaled by what lies around the polygons alone. Search places like that, or save the layer as a GeoTIFF and teach from it.</source>
      <translation>“{name}”太大，无法导出：其波段仅按多边形周围的内容进行了缩放。请在类似的地方搜索，或将图层另存为 GeoTIFF 后用它示教。</translation>
    </message>
  </context>
  <context>
    <name>TeachView</name>
    <message>
      <source>A heat map of a piece of the layer appears here after about half a minute.</source>
      <translation>约半分钟后，此处会出现图层局部的热力图。</translation>
    </message>
    <message>
      <source>How well unseen normal ground is told from altered copies of it</source>
      <translation>区分未见过的正常地物与其改动副本的程度</translation>
    </message>
    <message>
      <source>The loss curve appears here.</source>
      <translation>损失曲线显示在此处。</translation>
    </message>
    <message>
      <source>The loss, step by step: it falls while something is learned, and begins anew when a term joins it</source>
      <translation>逐步的损失：学到东西时会下降，加入新的项时重新开始</translation>
    </message>
    <message>
      <source>Told apart from altered ground: {share:.0%}</source>
      <translation>与改动地物的区分率：{share:.0%}</translation>
    </message>
    <message>
      <source>What the model makes of a piece of the first layer: bright is not normal</source>
      <translation>模型对第一个图层局部的判断：亮处为不正常</translation>
    </message>
    <message>
      <source>loss</source>
      <translation>损失</translation>
    </message>
    <message>
      <source>step</source>
      <translation>步</translation>
    </message>
  </context>
  <context>
    <name>Teaching</name>
    <message>
      <source>Anomaly Lens</source>
      <translation>Anomaly Lens</translation>
    </message>
    <message>
      <source>Teach what is normal…</source>
      <translation>示教什么是正常…</translation>
    </message>
  </context>
  <context>
    <name>Texts</name>
    <message>
      <source>Label</source>
      <translation>标签</translation>
    </message>
    <message>
      <source>Note</source>
      <translation>备注</translation>
    </message>
  </context>
  <context>
    <name>ThresholdForm</name>
    <message>
      <source> % of its peak</source>
      <translation>% 峰值</translation>
    </message>
    <message>
      <source>&amp;Back to the detector's</source>
      <translation>恢复检测器的设置(&amp;B)</translation>
    </message>
    <message>
      <source>&amp;Merge within</source>
      <translation>合并距离(&amp;M)</translation>
    </message>
    <message>
      <source>&amp;Score from</source>
      <translation>起始分数(&amp;S)</translation>
    </message>
    <message>
      <source>An anomaly holds what reaches this share of its own highest raw score: more for closer outlines. UniADRS takes half, whose map smears around objects, but for hyperspectral scenes</source>
      <translation>异常包含达到其自身最高原始得分此比例的像元：比例越大，轮廓越紧。UniADRS 的得分图在目标周围会扩散，除高光谱场景外取一半</translation>
    </message>
    <message>
      <source>Anomalies at most so far apart become one</source>
      <translation>相距不超过此距离的异常合并为一个</translation>
    </message>
    <message>
      <source>Fill &amp;holes up to</source>
      <translation>填充不超过此值的孔洞(&amp;H)</translation>
    </message>
    <message>
      <source>Holes up to this area are filled</source>
      <translation>不超过此面积的孔洞会被填充</translation>
    </message>
    <message>
      <source>How many of the pixels have at least this score</source>
      <translation>至少达到此分数的像素有多少</translation>
    </message>
    <message>
      <source>How much outlines are rounded off; their areas stay the same</source>
      <translation>轮廓圆滑的程度；面积保持不变</translation>
    </message>
    <message>
      <source>Min. &amp;area</source>
      <translation>最小面积(&amp;A)</translation>
    </message>
    <message>
      <source>Off</source>
      <translation>关</translation>
    </message>
    <message>
      <source>Outline &amp;from</source>
      <translation>轮廓起点(&amp;F)</translation>
    </message>
    <message>
      <source>Redo</source>
      <translation>重做</translation>
    </message>
    <message>
      <source>Smaller anomalies are left out; pieces are merged before they are measured</source>
      <translation>更小的异常会略去；先合并碎块，再量面积</translation>
    </message>
    <message>
      <source>Smooth &amp;outlines</source>
      <translation>平滑轮廓(&amp;O)</translation>
    </message>
    <message>
      <source>The detector's threshold, outlines and smallest area, nothing merged, filled or smoothed; decisions stay</source>
      <translation>恢复检测器的阈值、轮廓和最小面积，不合并、不填充、不平滑；决定保留</translation>
    </message>
    <message>
      <source>The lowest score of an anomaly; the small button brings the detector's back</source>
      <translation>异常的最低分数；小按钮恢复检测器的值</translation>
    </message>
    <message>
      <source>The score alone</source>
      <translation>仅按得分</translation>
    </message>
    <message>
      <source>Undo</source>
      <translation>撤销</translation>
    </message>
    <message>
      <source>top {percent} % of pixels</source>
      <translation>像素中最高的 {percent} %</translation>
    </message>
  </context>
  <context>
    <name>ThresholdPanel</name>
    <message>
      <source>Another run is open.</source>
      <translation>当前打开的是另一次运行。</translation>
    </message>
    <message>
      <source>Choose a run to change its threshold.</source>
      <translation>选择一次运行以改变其阈值。</translation>
    </message>
    <message>
      <source>Polygons: {count}, before: {before}. Let go to change them. Objects and yours, which are kept: {kept}.</source>
      <translation>{count} 个多边形，此前 {before} 个。松开即更改。对象和您的多边形会保留：{kept} 个。</translation>
    </message>
    <message>
      <source>Polygons: {count}, before: {before}. Let go to change them. Yours, which are kept: {kept}.</source>
      <translation>{count} 个多边形，此前 {before} 个。松开即更改。您的多边形会保留：{kept} 个。</translation>
    </message>
    <message>
      <source>Polygons: {count}. The threshold's: {free}. Decided on, drawn or changed by you, and kept: {kept}.</source>
      <translation>{count} 个多边形。由阈值得到：{free} 个。由您决定、绘制或更改而保留：{kept} 个。</translation>
    </message>
    <message>
      <source>Polygons: {count}. The threshold's: {free}. Outlined by the detector, or yours, and kept: {kept}.</source>
      <translation>{count} 个多边形。由阈值得到：{free} 个。由检测器勾画的，或您的，而保留：{kept} 个。</translation>
    </message>
    <message>
      <source>Reading the heat map…</source>
      <translation>正在读取热力图…</translation>
    </message>
    <message>
      <source>The heat map of this run is not in the project: load it, or run the detection again.</source>
      <translation>此次运行的热力图不在工程中：请加载它，或重新运行检测。</translation>
    </message>
    <message>
      <source>The polygons are being edited: save or discard the edits, then the threshold can change.</source>
      <translation>多边形正在编辑：请先保存或放弃编辑，之后才能改变阈值。</translation>
    </message>
    <message>
      <source>The polygons are read-only in this project: untick that in Project &gt; Properties &gt; Data Sources, then the threshold can change.</source>
      <translation>多边形在此工程中是只读的：请在“工程 &gt; 属性 &gt; 数据源”中取消勾选，之后才能改变阈值。</translation>
    </message>
    <message>
      <source>The polygons of this run are not in the project any more.</source>
      <translation>此次运行的多边形已不在工程中。</translation>
    </message>
    <message>
      <source>threshold {score}</source>
      <translation>阈值 {score}</translation>
    </message>
  </context>
  <context>
    <name>Toolbox</name>
    <message>
      <source>AUC BS: background suppressibility</source>
      <translation>AUC BS：背景抑制能力</translation>
    </message>
    <message>
      <source>AUC OD: overall detection</source>
      <translation>AUC OD：总体检测</translation>
    </message>
    <message>
      <source>AUC ODP: overall detection probability</source>
      <translation>AUC ODP：总体检测概率</translation>
    </message>
    <message>
      <source>AUC SNPR: signal to noise</source>
      <translation>AUC SNPR：信噪比</translation>
    </message>
    <message>
      <source>AUC TD: target detectability</source>
      <translation>AUC TD：目标可检测性</translation>
    </message>
    <message>
      <source>AUC TDBS: both at once</source>
      <translation>AUC TDBS：两者兼顾</translation>
    </message>
    <message>
      <source>AUC(D,F): a random anomaly pixel scores above a random other one</source>
      <translation>AUC(D,F)：随机异常像素的分数高于随机其他像素</translation>
    </message>
    <message>
      <source>AUC(D,τ): mean scaled score of the anomalies</source>
      <translation>AUC(D,τ)：异常的平均归一化分数</translation>
    </message>
    <message>
      <source>AUC(F,τ): mean scaled score of the rest; smaller is better</source>
      <translation>AUC(F,τ)：其余像素的平均归一化分数；越小越好</translation>
    </message>
    <message>
      <source>Anomalies</source>
      <translation>异常</translation>
    </message>
    <message>
      <source>Anomaly pixels</source>
      <translation>异常像素</translation>
    </message>
    <message>
      <source>As the layer suggests</source>
      <translation>按图层建议</translation>
    </message>
    <message>
      <source>Bands (all where empty)</source>
      <translation>波段（留空则全部）</translation>
    </message>
    <message>
      <source>Choose another file for it.</source>
      <translation>请为它选择另一个文件。</translation>
    </message>
    <message>
      <source>Detect anomalies</source>
      <translation>检测异常</translation>
    </message>
    <message>
      <source>Detector</source>
      <translation>检测器</translation>
    </message>
    <message>
      <source>Evaluate against labels</source>
      <translation>用标注评估</translation>
    </message>
    <message>
      <source>Extent</source>
      <translation>范围</translation>
    </message>
    <message>
      <source>Fill holes up to this area</source>
      <translation>填充不超过此面积的孔洞</translation>
    </message>
    <message>
      <source>Finds what does not belong in a raster: a heat map of scores from 0 to 1, and a polygon for each anomaly, the same as the Anomaly Lens panel makes.

Modality is the kind of imagery; it sets the threshold and the smallest anomaly where these are left empty. The top share is the part of the valid pixels, those with the highest scores, that become anomalies; a lowest score can be given instead (advanced). The smallest anomaly is counted in m² on the ellipsoid, in pixels where the layer has no CRS. Outside of the extent or the polygons nothing is scored, nor counted as normal.

Outlines can end at a share of each anomaly's own peak (advanced): an anomaly then holds what reaches that share of its own highest raw score; 0 takes all that reach the threshold. Left empty, UniADRS takes 50 % in all but hyperspectral scenes, other detectors 0.

ASD needs a model: the folder of a taught one, or the name of one that ships with the plugin. Its anomalies are pixels with a score of {half} or more where no threshold is given.</source>
      <translation>在栅格中找出不该出现的东西：一幅 0 到 1 的分数热力图，以及每个异常的多边形，与 Anomaly Lens 面板的结果相同。

模态是影像的种类；阈值和最小异常留空时由它决定。最高占比是有效像素中分数最高、成为异常的那部分；也可以改为给出最低分数（高级）。最小异常按椭球面上的 m² 计算，图层没有坐标系时按像素计算。范围或多边形之外既不评分，也不计为正常。


轮廓可以止于各异常自身峰值的某一占比（高级）：此时一个异常包含达到其自身最高原始分数该占比的像素；0 表示取所有达到阈值的像素。留空时，UniADRS 除高光谱场景外取 50 %，其他检测器取 0。

ASD 需要模型：已示教模型的文件夹，或插件随附模型的名称。未给出阈值时，其异常为分数不低于 {half} 的像素。</translation>
    </message>
    <message>
      <source>Folder (empty: the panel's models)</source>
      <translation>文件夹（留空：面板的模型）</translation>
    </message>
    <message>
      <source>Give a layer of polygons.</source>
      <translation>请给出多边形图层。</translation>
    </message>
    <message>
      <source>Give a pixel size, under the advanced parameters.</source>
      <translation>请在高级参数中给出像素大小。</translation>
    </message>
    <message>
      <source>Give a polygon layer or a raster, one of them.</source>
      <translation>请给出多边形图层或栅格，二者之一。</translation>
    </message>
    <message>
      <source>Give a top share or a lowest score, not both.</source>
      <translation>请给出最高占比或最低分数，不要同时给出。</translation>
    </message>
    <message>
      <source>Give an extent or polygons, not both.</source>
      <translation>请给出范围或多边形，不要同时给出。</translation>
    </message>
    <message>
      <source>HTML files (*.html)</source>
      <translation>HTML 文件 (*.html)</translation>
    </message>
    <message>
      <source>Heat map</source>
      <translation>热力图</translation>
    </message>
    <message>
      <source>Heat map or other scores</source>
      <translation>热力图或其他分数</translation>
    </message>
    <message>
      <source>Heat map to polygons</source>
      <translation>热力图转多边形</translation>
    </message>
    <message>
      <source>Labels: polygons of the anomalies</source>
      <translation>标注：异常的多边形</translation>
    </message>
    <message>
      <source>Layer to search</source>
      <translation>要搜索的图层</translation>
    </message>
    <message>
      <source>Layers with normal ground</source>
      <translation>含有正常地物的图层</translation>
    </message>
    <message>
      <source>Lowest score (empty: the run's)</source>
      <translation>最低分数（留空则用该次运行的）</translation>
    </message>
    <message>
      <source>Lowest score, instead of a top share</source>
      <translation>用最低分数代替最高占比</translation>
    </message>
    <message>
      <source>Makes anomaly polygons of a heat map without detecting again. What is left empty is taken from the run that made the heat map; with nothing given, the polygons are those of that run; but those of a detector of objects, which a heat map does not tell apart, are connected pixels.

Merge distance, areas and hole sizes are in m and m², in pixels where the heat map has no CRS. The smallest anomaly is judged before holes are filled and outlines smoothed. Of a share of the peak, an anomaly holds what reaches it of its own highest raw score; 0 takes all that reach the lowest score.</source>
      <translation>不重新检测，直接由热力图生成异常多边形。留空的参数取自生成该热力图的运行；什么都不给时，得到的就是那次运行的多边形；但热力图分不出物体检测器的各个物体，得到的是相连的像素。

合并距离、面积和孔洞大小以 m 和 m² 为单位，热力图没有坐标系时以像素为单位。最小异常在填充孔洞和平滑轮廓之前判断。给出峰值占比时，一个异常包含达到其自身最高原始分数该占比的像素；0 表示取所有达到最低分数的像素。</translation>
    </message>
    <message>
      <source>Measures how well a heat map, or any raster that is larger where more anomalous, agrees with labels: a polygon layer of the anomalies, or a raster in which they have a value other than 0, or one value that you name. Labels in another CRS or on another grid are brought to that of the scores. Pixels without a score, and those of a label raster's nodata (unless that is 0), do not count.

The measures are those of the project's own evaluations: exact, ties counted half. One that is not defined is left out.</source>
      <translation>衡量热力图（或任何越异常值越大的栅格）与标注的一致程度：标注可以是异常的多边形图层，或以非 0 值（或您指定的一个值）表示异常的栅格。坐标系或格网不同的标注会转换到分数图上。没有分数的像素以及标注栅格的 nodata 像素（除非 nodata 为 0）不计入。

这些指标与项目自己的评估相同：精确计算，并列计一半。无定义的指标会省略。</translation>
    </message>
    <message>
      <source>Merge anomalies that are at most so far apart</source>
      <translation>合并相距不超过此距离的异常</translation>
    </message>
    <message>
      <source>Modality</source>
      <translation>模态</translation>
    </message>
    <message>
      <source>Model</source>
      <translation>模型</translation>
    </message>
    <message>
      <source>Name of the model</source>
      <translation>模型名称</translation>
    </message>
    <message>
      <source>No normal ground is outlined.</source>
      <translation>没有圈定正常地物。</translation>
    </message>
    <message>
      <source>Normal ground</source>
      <translation>正常地物</translation>
    </message>
    <message>
      <source>Number of anomalies</source>
      <translation>异常数量</translation>
    </message>
    <message>
      <source>Object AUC: an object's peak stands above peaks elsewhere</source>
      <translation>物体 AUC：物体内的峰值高于别处的峰值</translation>
    </message>
    <message>
      <source>Objects in the labels</source>
      <translation>标注中的物体</translation>
    </message>
    <message>
      <source>Other pixels</source>
      <translation>其他像素</translation>
    </message>
    <message>
      <source>Outlines from % of peak (empty: the run's)</source>
      <translation>轮廓自峰值的百分比起（留空则用该次运行的）</translation>
    </message>
    <message>
      <source>Outlines from this share of the peak in percent</source>
      <translation>轮廓自峰值的此占比起（百分比）</translation>
    </message>
    <message>
      <source>Pixel size, for layers that are no file on disk</source>
      <translation>像素大小，用于不是磁盘文件的图层</translation>
    </message>
    <message>
      <source>Polygons of normal ground</source>
      <translation>正常地物的多边形</translation>
    </message>
    <message>
      <source>Remove its layer from QGIS, make room, or choose another name.</source>
      <translation>请从 QGIS 中移除其图层、腾出空间，或另选名称。</translation>
    </message>
    <message>
      <source>Report</source>
      <translation>报告</translation>
    </message>
    <message>
      <source>Rounds of smoothing the outlines</source>
      <translation>平滑轮廓的次数</translation>
    </message>
    <message>
      <source>Save it as a GeoTIFF first.</source>
      <translation>请先保存为 GeoTIFF。</translation>
    </message>
    <message>
      <source>Score of the best threshold (upper left point of the ROC)</source>
      <translation>最佳阈值的分数（ROC 左上角点）</translation>
    </message>
    <message>
      <source>Score of the threshold</source>
      <translation>阈值的分数</translation>
    </message>
    <message>
      <source>Search inside these polygons</source>
      <translation>在这些多边形内搜索</translation>
    </message>
    <message>
      <source>Seconds of learning</source>
      <translation>学习的秒数</translation>
    </message>
    <message>
      <source>Seed of all chance</source>
      <translation>全部随机性的种子</translation>
    </message>
    <message>
      <source>Smallest anomaly (empty: the run's)</source>
      <translation>最小异常（留空则用该次运行的）</translation>
    </message>
    <message>
      <source>Smallest anomaly (m², or pixels without CRS)</source>
      <translation>最小异常（m²，没有坐标系时为像素）</translation>
    </message>
    <message>
      <source>Taught model (for ASD)</source>
      <translation>已示教的模型（用于 ASD）</translation>
    </message>
    <message>
      <source>Teach normal (ASD)</source>
      <translation>示教正常地物 (ASD)</translation>
    </message>
    <message>
      <source>Teaches the detector ASD what normal ground looks like, from polygons on one or several rasters with the same bands. Outline all kinds of normal ground, some thousand pixels at least. Every polygon counts for each raster that it lies on; each raster needs some.

The model is a folder, made in the folder that you name, or among the models that the Anomaly Lens panel lists. Give it to “Detect anomalies” with the detector ASD.</source>
      <translation>用一个或多个波段相同的栅格上的多边形，教检测器 ASD 正常地物是什么样子。请圈定各种正常地物，至少几千个像素。每个多边形对其所在的每个栅格都起作用；每个栅格都需要一些多边形。

模型是一个文件夹，建在您指定的文件夹中，或 Anomaly Lens 面板列出的模型之中。在“检测异常”中选择检测器 ASD 并给出它。</translation>
    </message>
    <message>
      <source>The area is given twice.</source>
      <translation>区域给出了两次。</translation>
    </message>
    <message>
      <source>The heat map would replace the layer “{name}”, which is searched.</source>
      <translation>热力图将覆盖正在搜索的图层“{name}”。</translation>
    </message>
    <message>
      <source>The labels are missing, or given twice.</source>
      <translation>标注缺失，或给出了两次。</translation>
    </message>
    <message>
      <source>The layer “{name}” has no pixels of its own.</source>
      <translation>图层“{name}”没有自己的像素。</translation>
    </message>
    <message>
      <source>The layer “{name}” is no file on disk.</source>
      <translation>图层“{name}”不是磁盘上的文件。</translation>
    </message>
    <message>
      <source>The threshold is given twice.</source>
      <translation>阈值给出了两次。</translation>
    </message>
    <message>
      <source>Top share in percent</source>
      <translation>最高占比（百分比）</translation>
    </message>
    <message>
      <source>Top share in percent, instead of a score</source>
      <translation>用最高占比（百分比）代替分数</translation>
    </message>
    <message>
      <source>Value of the anomalies (empty: any but 0)</source>
      <translation>异常的值（留空则为除 0 以外的任何值）</translation>
    </message>
    <message>
      <source>mIoU of anomaly and background at the best threshold</source>
      <translation>最佳阈值下异常和背景的 mIoU</translation>
    </message>
    <message>
      <source>{name} against labels</source>
      <translation>{name} 与标注对比</translation>
    </message>
    <message>
      <source>{path} cannot be written ({reason}).</source>
      <translation>{path} 无法写入（{reason}）。</translation>
    </message>
    <message>
      <source>… or a raster</source>
      <translation>… 或栅格</translation>
    </message>
  </context>
  <context>
    <name>Welcome</name>
    <message>
      <source>Detection runs in an engine outside QGIS, which is not set up yet.</source>
      <translation>检测由 QGIS 之外的引擎完成，引擎尚未安装。</translation>
    </message>
    <message>
      <source>✓ The engine is ready.</source>
      <translation>✓ 引擎已就绪。</translation>
    </message>
  </context>
  <context>
    <name>WelcomePage</name>
    <message>
      <source>1. The engine</source>
      <translation>1. 引擎</translation>
    </message>
    <message>
      <source>2. Try it</source>
      <translation>2. 试一试</translation>
    </message>
    <message>
      <source>3. Your images</source>
      <translation>3. 您的影像</translation>
    </message>
    <message>
      <source>A painted harbour of 640 by 480 pixels, with nine things that do not belong</source>
      <translation>一幅 640 × 480 像素的手绘港口图，其中有九处不该出现的东西</translation>
    </message>
    <message>
      <source>Anomaly Lens</source>
      <translation>Anomaly Lens</translation>
    </message>
    <message>
      <source>Finds what does not belong in an image, all on this computer: no imagery leaves it. Three steps:</source>
      <translation>在影像中找出不该出现的东西，全部在本机完成：影像不会离开本机。三个步骤：</translation>
    </message>
    <message>
      <source>Go to the form; this page does not come again while the engine works</source>
      <translation>转到表单；引擎可用期间此页不再出现</translation>
    </message>
    <message>
      <source>How to use it</source>
      <translation>使用方法</translation>
    </message>
    <message>
      <source>Open the sam&amp;ple scene</source>
      <translation>打开示例场景(&amp;P)</translation>
    </message>
    <message>
      <source>Options</source>
      <translation>选项</translation>
    </message>
    <message>
      <source>Radar, a thermal camera, a night camera, a spectrometer: one for each modality</source>
      <translation>雷达、热像仪、夜视相机、光谱仪：每种模态一个</translation>
    </message>
    <message>
      <source>Start with &amp;my own layers</source>
      <translation>从我自己的图层开始(&amp;M)</translation>
    </message>
    <message>
      <source>Starting the engine…</source>
      <translation>正在启动引擎…</translation>
    </message>
    <message>
      <source>The same harbour by &amp;other sensors</source>
      <translation>其他传感器看到的同一港口(&amp;O)</translation>
    </message>
    <message>
      <source>When something is wrong</source>
      <translation>出现问题时</translation>
    </message>
  </context>
  <context>
    <name>WhyView</name>
    <message>
      <source>90 % of scene</source>
      <translation>场景的 90 %</translation>
    </message>
    <message>
      <source>Band</source>
      <translation>波段</translation>
    </message>
    <message>
      <source>How often each score occurs in the scene, and where this anomaly stands</source>
      <translation>各分数在场景中出现的次数，以及此异常所处的位置</translation>
    </message>
    <message>
      <source>Mean value</source>
      <translation>平均值</translation>
    </message>
    <message>
      <source>Mean values inside the outline, in a ring around it, and in the scene (a sample of it)</source>
      <translation>轮廓内、周围环带内以及场景（抽样）的平均值</translation>
    </message>
    <message>
      <source>Pixels</source>
      <translation>像素</translation>
    </message>
    <message>
      <source>Score</source>
      <translation>分数</translation>
    </message>
    <message>
      <source>The heat map has no histogram.</source>
      <translation>热力图没有直方图。</translation>
    </message>
    <message>
      <source>The heat map is not in the project.</source>
      <translation>热力图不在工程中。</translation>
    </message>
    <message>
      <source>The pixels of the scene at full contrast, and the outline</source>
      <translation>全对比度显示的场景像素和轮廓</translation>
    </message>
    <message>
      <source>The scene cannot be read: {reason}</source>
      <translation>无法读取场景：{reason}</translation>
    </message>
    <message>
      <source>This polygon lies outside the scene.</source>
      <translation>此多边形位于场景之外。</translation>
    </message>
    <message>
      <source>Wavelength (nm)</source>
      <translation>波长 (nm)</translation>
    </message>
    <message>
      <source>anomaly</source>
      <translation>异常</translation>
    </message>
    <message>
      <source>around</source>
      <translation>周围</translation>
    </message>
    <message>
      <source>scene</source>
      <translation>场景</translation>
    </message>
    <message>
      <source>this one</source>
      <translation>此项</translation>
    </message>
    <message>
      <source>threshold</source>
      <translation>阈值</translation>
    </message>
  </context>
  <context>
    <name>Worker</name>
    <message>
      <source>Choose a Python that has PyTorch under Settings &gt; Options &gt; Anomaly Lens, and press Test.</source>
      <translation>请在 设置 &gt; 选项 &gt; Anomaly Lens 中选择装有 PyTorch 的 Python，然后按“测试”。</translation>
    </message>
    <message>
      <source>Run it again; a new engine is started. The details show its last words.</source>
      <translation>请重新运行；会启动新的引擎。详细信息中有它最后的输出。</translation>
    </message>
    <message>
      <source>The engine stopped while it was working (exit code {code}).</source>
      <translation>引擎在工作时停止（退出码 {code}）。</translation>
    </message>
    <message>
      <source>The plugin was unloaded.</source>
      <translation>插件已卸载。</translation>
    </message>
    <message>
      <source>The run was cancelled.</source>
      <translation>运行已取消。</translation>
    </message>
    <message>
      <source>The system ended it, most often for lack of memory: close other programs.</source>
      <translation>系统结束了它，通常是内存不足：请关闭其他程序。</translation>
    </message>
    <message>
      <source>{program} cannot be started: {reason}.</source>
      <translation>{program} 无法启动：{reason}。</translation>
    </message>
    <message>
      <source>{program} did not start the engine within {seconds} seconds.</source>
      <translation>{program} 在 {seconds} 秒内没有启动引擎。</translation>
    </message>
  </context>
  <context>
    <name>_TextField</name>
    <message>
      <source>{title}. Enter keeps it, Escape takes it back</source>
      <translation>{title}。Enter 保留，Escape 撤回</translation>
    </message>
  </context>
</TS>
